/**
 * The nimbus: a Deployment, of whose pods the one that holds the Lease leads. Only that one says that it is ready, so
 * the name of the Service leads to it: to the pod itself, for the workers of a run dial ports that nobody knows before.
 */
import type { Manifest, Names } from './names.ts'
import type { ExportOptions } from './options.ts'
import { FOLDER, podTemplate } from './pod.ts'
import { ports } from './ports.ts'

/** What it needs beside the draining of its topologies, where that is what becomes of them. */
const MARGIN_SECONDS = 30
/**
 * Another nimbus leads before hosts have ended their workers: so those go on. A nimbus that the API server does not
 * answer for four fifths of its lease leads no more, which costs nothing where it leads again in time.
 */
const LEASE_SECONDS = 5
/** A host of which nothing is heard for so long is lost; one that hears of no nimbus for so long ends its workers. */
const HOST_LEASE_SECONDS = 15
/** A nimbus takes this much for a few topologies, and more while it looks at the code of one. */
const RESOURCES = { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } }

export function nimbusManifests(
  names: Names,
  { image, nimbuses, storage }: ExportOptions,
  drainSeconds: number,
): Manifest[] {
  const { http, cluster } = ports
  const template = podTemplate({
    ...{ names, part: 'nimbus', image, secrets: [], graceSeconds: drainSeconds + MARGIN_SECONDS },
    args: [
      ...['nimbus', '--name', '$(POD_NAME)', '--dir', FOLDER],
      ...(storage === undefined ? ['--no-state'] : ['--state', `${FOLDER}/state`]),
      ...['--host', '$(POD_IP)', '--alias', names.of('nimbus'), '--cluster-port', String(cluster.port)],
      ...['--http-host', '$(POD_IP)', '--port', String(http.port)],
      ...['--store', 'kubernetes', '--cluster', names.cluster, '--store-lease', String(LEASE_SECONDS)],
      ...['--lease', String(HOST_LEASE_SECONDS)],
    ],
    claim: storage === undefined ? undefined : names.of('shared'),
    container: {
      ports: [http, cluster].map(({ name, port }) => ({ name, containerPort: port })),
      // A loop that never gives way is a dead one: the kubelet starts the container again.
      livenessProbe: { ...probe('/ping'), periodSeconds: 10, failureThreshold: 6 },
      readinessProbe: { ...probe('/ready'), periodSeconds: 1, failureThreshold: 2 },
      resources: RESOURCES,
    },
    pod: { serviceAccountName: names.of('nimbus'), affinity: apart(names) },
  })
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: names.metadata(names.of('nimbus'), 'nimbus'),
      spec: {
        clusterIP: 'None',
        selector: names.selector('nimbus'),
        ports: [http, cluster].map(({ name, port }) => ({ name, port, targetPort: name })),
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: names.metadata(names.of('nimbus'), 'nimbus'),
      spec: {
        replicas: nimbuses,
        selector: { matchLabels: names.selector('nimbus') },
        // The next one may begin before the last has ended: the Lease says which of them leads.
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } },
        template,
      },
    },
  ]
}

function probe(path: string) {
  return { httpGet: { path, port: ports.http.name, scheme: 'HTTPS' }, timeoutSeconds: 2 }
}

/** On different nodes, where there are several. */
function apart(names: Names) {
  const podAffinityTerm = {
    labelSelector: { matchLabels: names.selector('nimbus') },
    topologyKey: 'kubernetes.io/hostname',
  }
  return { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] } }
}
