/**
 * Workers: a StatefulSet of supervisors with one slot each, so that a pod is a worker. The kubelet starts it again, the
 * scheduler says where it is, and the nimbus says which tasks it has.
 */
import type { Manifest, Names } from './names.ts'
import type { ExportOptions, PodResources } from './options.ts'
import { FOLDER, podTemplate } from './pod.ts'

const JOIN = { key: 'join', folder: '/etc/typhoon/join' } as const
/** What a supervisor needs beside the draining of its topology. */
const MARGIN_SECONDS = 30

/** How many, and how large. */
export interface WorkersOptions extends ExportOptions {
  /** Of the topology. */
  readonly workers: number
  readonly resources: PodResources
  readonly drainSeconds: number
}

/** All objects that workers consist of. */
export function workerManifests(names: Names, options: WorkersOptions): Manifest[] {
  const { image, workers, spares, resources, drainSeconds, storage } = options
  const matchLabels = names.selector('worker')
  const name = names.of('worker')
  const template = podTemplate({
    ...{ names, part: 'worker', image, graceSeconds: drainSeconds + MARGIN_SECONDS },
    args: [
      'supervisor',
      ...['--join', `${JOIN.folder}/${JOIN.key}`, '--slots', '1'],
      ...['--host', '$(POD_IP)', '--name', '$(POD_NAME)', '--dir', FOLDER, '--grace', String(drainSeconds)],
      // The kubelet starts the only container of a pod again when nothing of it lives: its workers are gone then.
      ...['--instance', '$(POD_UID)'],
    ],
    claim: storage === undefined ? undefined : names.of('shared'),
    secrets: [{ secret: names.of('join'), ...JOIN }],
    container: { resources },
    pod: {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      topologySpreadConstraints: [
        {
          ...{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
          labelSelector: { matchLabels },
        },
      ],
    },
  })
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: names.metadata(name, 'worker'),
      // Workers dial each other as soon as they listen, long before anything could say that they are ready.
      spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector: matchLabels },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: names.metadata(name, 'worker'),
      spec: {
        ...{ replicas: workers + spares, serviceName: name, podManagementPolicy: 'Parallel' },
        selector: { matchLabels },
        template,
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: names.metadata(name, 'worker'),
      spec: { maxUnavailable: 1, selector: { matchLabels } },
    },
  ]
}
