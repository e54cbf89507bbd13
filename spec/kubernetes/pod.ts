/**
 * One pod of a stand-in kubelet: its container is a process of this machine in a network namespace and a mount
 * namespace of its own, as the user that the pod says, with its volumes where it wants them. It is started again when
 * it ends, probed as it asks for, and ended with SIGTERM and some patience.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { join } from 'node:path'
import { CONTROL_ADDRESS, killAll, type PodNetwork } from './network.ts'
import type { Objects } from './objects.ts'
import { type FilesOptions, type Mount, mountsOf } from './pod-files.ts'

/** Where it is. */
export interface PodOptions extends FilesOptions {
  readonly pod: any
  readonly network: PodNetwork
  /** Network namespace. */
  readonly space: string
  readonly address: string
  readonly nodeAddress: string
  /** What runs in place of its image. */
  readonly program: readonly string[]
  readonly logs: string
  readonly apiPort: number
}

/** Mounts, becomes the user, and is the program. */
const ENTRY =
  'n=$1; u=$2; shift 2; while [ $n -gt 0 ]; do mkdir -p "$2"; mount --bind "$1" "$2"; shift 2; n=$((n-1)); done; exec setpriv --reuid "$u" --regid "$u" --clear-groups --no-new-privs "$@"'
const LONGEST_PAUSE_MS = 8000

export class Pod {
  readonly pod: any
  readonly #options: PodOptions
  readonly #started = new Date().toISOString()
  #mounts: readonly Mount[] = []
  #child: ChildProcess | undefined
  #restarts = 0
  #failures = 0
  #isReady = false
  #isStopping = false
  #onGone = (): void => {}

  constructor(options: PodOptions) {
    this.pod = options.pod
    this.#options = options
  }

  /** @throws (rejects) where a volume is not there yet */
  async start(hosts: string): Promise<void> {
    const { network, space, address } = this.#options
    // That of this machine stays: what these tests have made is there.
    this.#mounts = (await mountsOf(this.pod, this.#options)).filter(({ at }) => at !== '/tmp')
    network.add(space, address, hosts)
    this.#launch()
  }

  get files(): FilesOptions {
    return this.#options
  }

  setHosts(hosts: string): void {
    this.#options.network.setHosts(this.#options.space, hosts)
  }

  /** As the pod wants it, or at once where it was removed already; then it is no more. */
  async stop(isRemoved = false): Promise<void> {
    if (this.#isStopping) return
    this.#isStopping = true
    const { objects, network, space } = this.#options
    const { name, uid } = this.pod.metadata
    const grace = isRemoved ? 0 : this.pod.spec.terminationGracePeriodSeconds
    if (this.#child !== undefined) {
      const gone = new Promise<void>((done) => {
        this.#onGone = done
      })
      this.#child.kill('SIGTERM')
      const late = setTimeout(() => killAll(space), grace * 1000)
      await gone
      clearTimeout(late)
    }
    network.remove(space)
    await objects.remove('Pod', name, { gracePeriodSeconds: 0, preconditions: { uid } })
  }

  /** Asks once what the probes ask. */
  async probe(): Promise<void> {
    const { livenessProbe: liveness, readinessProbe: readiness } = this.pod.spec.containers[0]
    if (this.#child === undefined) return
    const isReady = readiness === undefined || (await this.#answers(readiness))
    if (isReady !== this.#isReady) {
      this.#isReady = isReady
      await this.#tell()
    }
    if (liveness === undefined) return
    this.#failures = (await this.#answers(liveness)) ? 0 : this.#failures + 1
    if (this.#failures >= 10 * liveness.failureThreshold) killAll(this.#options.space)
  }

  #launch(): void {
    const { space, program, logs, apiPort } = this.#options
    const [container] = this.pod.spec.containers
    const env: Record<string, string> = {
      ...{ PATH: process.env['PATH'] ?? '', HOSTNAME: this.pod.metadata.name, HOME: '/tmp' },
      ...{ KUBERNETES_SERVICE_HOST: CONTROL_ADDRESS, KUBERNETES_SERVICE_PORT: String(apiPort) },
    }
    for (const { name, value, valueFrom } of container.env ?? [])
      env[name] = value ?? this.#field(valueFrom.fieldRef.fieldPath)
    const args = (container.args ?? []).map((arg: string) => arg.replace(/\$\((\w+)\)/g, (_, name) => env[name] ?? ''))
    const mounts = this.#mounts.flatMap(({ from, at }) => [from, at])
    const user = String(this.pod.spec.securityContext?.runAsUser ?? 0)
    const entry = ['sh', '-c', ENTRY, 'sh', String(this.#mounts.length), user, ...mounts, ...program, ...args]
    const log = openSync(join(logs, `${this.pod.metadata.name}.log`), 'a')
    this.#child = spawn('ip', ['netns', 'exec', space, ...entry], { env, stdio: ['ignore', log, log] })
    closeSync(log)
    this.#child.once('exit', () => void this.#ended())
    void this.#tell()
  }

  /** A container that ends takes all of its processes with it. */
  async #ended(): Promise<void> {
    killAll(this.#options.space)
    this.#child = undefined
    this.#isReady = false
    this.#failures = 0
    if (this.#isStopping) return this.#onGone()
    this.#restarts++
    await this.#tell()
    const pauseMs = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** this.#restarts)
    setTimeout(() => this.#isStopping || this.#launch(), pauseMs)
  }

  #field(path: string): string {
    if (path === 'status.podIP') return this.#options.address
    return String(path.split('.').reduce((value, key) => value?.[key], this.pod))
  }

  #answers({ httpGet: { path, port, scheme }, timeoutSeconds = 1 }: any): Promise<boolean> {
    const { ports = [] } = this.pod.spec.containers[0]
    const number = typeof port === 'number' ? port : ports.find(({ name }: any) => name === port).containerPort
    const ask = scheme === 'HTTPS' ? secureRequest : plainRequest
    const asked = { host: this.#options.address, port: number, path, timeout: timeoutSeconds * 1000 }
    return new Promise((resolve) => {
      const request = ask({ ...asked, rejectUnauthorized: false, agent: false }, (response) => {
        response.resume()
        resolve((response.statusCode ?? 500) < 400)
      })
      request.on('timeout', () => request.destroy())
      request.on('error', () => resolve(false))
      request.end()
    })
  }

  async #tell(): Promise<void> {
    const { objects, address, nodeAddress } = this.#options
    const { metadata, spec } = this.pod
    const [{ name, image, readinessProbe }] = spec.containers
    const isReady = this.#child !== undefined && (readinessProbe === undefined || this.#isReady)
    const now = new Date().toISOString()
    const condition = (type: string, holds: boolean) => ({
      ...{ type, status: holds ? 'True' : 'False', lastTransitionTime: now },
    })
    const state =
      this.#child === undefined ? { waiting: { reason: 'CrashLoopBackOff' } } : { running: { startedAt: now } }
    const container = {
      name,
      image,
      imageID: image,
      ready: isReady,
      started: true,
      restartCount: this.#restarts,
      state,
    }
    const status = {
      ...{ phase: 'Running', podIP: address, podIPs: [{ ip: address }], hostIP: nodeAddress, startTime: this.#started },
      conditions: [
        ...[condition('PodScheduled', true), condition('Initialized', true)],
        ...[condition('ContainersReady', isReady), condition('Ready', isReady)],
      ],
      containerStatuses: [container],
    }
    await patchStatus(objects, 'Pod', metadata.name, { metadata: { uid: metadata.uid }, status })
  }
}

/** What the kubelet says of an object. Another one may have removed it. */
export async function patchStatus(objects: Objects, kind: string, name: string, body: object): Promise<void> {
  const contentType = 'application/strategic-merge-patch+json'
  const path = `${objects.pathOf(kind)}/${name}/status`
  await objects.api.ask('PATCH', path, { body, contentType }).catch((error) => console.error(String(error)))
}
