/**
 * A stand-in for the kubelet of one node, as a process: it registers the node and says that it lives, and makes of each
 * pod that the scheduler gives it a process of this machine (`pod.ts`). Names of headless Services are in /etc/hosts of
 * each pod. It enforces no network policy and no limit of resources.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PodNetwork } from './network.ts'
import { accessIn, Objects } from './objects.ts'
import { Pod, patchStatus } from './pod.ts'
import { refreshFiles } from './pod-files.ts'

/** What it is told, as JSON in a file that its only argument names. */
export interface KubeletSettings {
  readonly node: string
  /** From 1 up. */
  readonly index: number
  readonly network: string
  readonly kubeconfig: string
  readonly namespace: string
  readonly caFile: string
  readonly apiPort: number
  readonly folder: string
  readonly shared: string
  readonly logs: string
  readonly program: readonly string[]
}

const settings = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as KubeletSettings
const { node, index } = settings
const network = new PodNetwork(settings.network)
const objects = new Objects(accessIn(settings.kubeconfig, settings.namespace))
const leases = new Objects(accessIn(settings.kubeconfig, 'kube-node-lease'))
const pods = new Map<string, Pod>()
const ROOM = { cpu: '8', memory: '16Gi', pods: '50' }
const nodeAddress = `10.78.0.${index}`
let count = 0
let hosts = ''

const labels = { 'kubernetes.io/hostname': node, 'kubernetes.io/os': 'linux' }
await objects.create({ kind: 'Node', metadata: { name: node, labels } } as never).catch(() => {})
await leases.create({ kind: 'Lease', metadata: { name: node }, spec: leaseSpec() } as never).catch(() => {})
every(1000, beat)
every(500, sync)
every(300, nameServices)
every(1000, () => Promise.all([...pods.values()].map((pod) => pod.probe())))
every(5000, () => Promise.all([...pods.values()].map((pod) => refreshFiles(pod.pod, pod.files))))

/** Again and again, one at a time; what goes wrong is tried again. */
function every(ms: number, work: () => Promise<unknown>): void {
  work()
    .catch((error) => console.error(String(error)))
    .finally(() => setTimeout(() => every(ms, work), ms))
}

async function beat(): Promise<void> {
  const now = new Date().toISOString()
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }
  const status = {
    capacity: ROOM,
    allocatable: ROOM,
    addresses: [{ type: 'InternalIP', address: nodeAddress }],
    conditions: [ready],
  }
  await patchStatus(objects, 'Node', node, { status })
  const contentType = 'application/merge-patch+json'
  await leases.api.ask('PATCH', `${leases.pathOf('Lease')}/${node}`, { body: { spec: leaseSpec() }, contentType })
}

function leaseSpec(): object {
  return { holderIdentity: node, leaseDurationSeconds: 8, renewTime: new Date().toISOString().replace('Z', '000Z') }
}

async function sync(): Promise<void> {
  const wanted = await objects.list('Pod', `?fieldSelector=spec.nodeName=${node}`)
  for (const pod of wanted) {
    const { uid, deletionTimestamp } = pod.metadata
    const known = pods.get(uid)
    if (deletionTimestamp !== undefined)
      void (known?.stop() ?? objects.remove('Pod', pod.metadata.name, { gracePeriodSeconds: 0 })).then(() =>
        pods.delete(uid),
      )
    else if (known === undefined) await start(pod)
  }
  for (const [uid, pod] of pods)
    if (!wanted.some(({ metadata }) => metadata.uid === uid)) void pod.stop(true).then(() => pods.delete(uid))
}

async function start(pod: any): Promise<void> {
  const number = ++count
  const folder = join(settings.folder, pod.metadata.uid)
  mkdirSync(folder, { recursive: true })
  const made = new Pod({
    ...settings,
    ...{ pod, network, objects, folder, nodeAddress },
    ...{ space: `${settings.network}x${index}x${number}`, address: `10.78.${index}.${number}` },
  })
  await made.start(hosts)
  pods.set(pod.metadata.uid, made)
}

/** Addresses of headless Services, by their names. */
async function nameServices(): Promise<void> {
  const base = `/apis/discovery.k8s.io/v1/namespaces/${settings.namespace}/endpointslices`
  const answer = await objects.api.ask<{ items: any[] }>('GET', base)
  const slices = answer.is === 'done' ? answer.body.items : []
  let table = '127.0.0.1 localhost\n'
  for (const { metadata, endpoints } of slices)
    for (const { addresses, hostname, conditions } of endpoints ?? []) {
      const service = metadata.labels['kubernetes.io/service-name']
      if (conditions?.ready === true) table += `${addresses[0]} ${service}\n`
      if (hostname !== undefined) table += `${addresses[0]} ${hostname}.${service}\n`
    }
  if (table === hosts) return
  hosts = table
  for (const pod of pods.values()) pod.setHosts(hosts)
}
