/**
 * Who may talk to whom. Pods of the cluster take connections from each other alone; the HTTP interface of the nimbus
 * also from elsewhere, for the API server and the kubelet have no label, and asks everybody for a token. The nimbus
 * begins connections to its pods, to the API server and to DNS alone; where workers connect to is a matter of their
 * spouts and bolts.
 */
import type { Manifest, Names } from './names.ts'
import { ports } from './ports.ts'

const DNS = [
  { protocol: 'UDP', port: 53 },
  { protocol: 'TCP', port: 53 },
]
/** Ports that API servers listen on. */
const API_SERVER = [
  { protocol: 'TCP', port: 443 },
  { protocol: 'TCP', port: 6443 },
]

export function networkManifests(names: Names): Manifest[] {
  const own = [{ podSelector: { matchLabels: names.selector() } }]
  const policy = (name: string, spec: Readonly<Record<string, unknown>>): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: names.metadata(name),
    spec,
  })
  return [
    policy(names.cluster, {
      podSelector: { matchLabels: names.selector() },
      policyTypes: ['Ingress'],
      ingress: [{ from: own }],
    }),
    policy(names.of('nimbus'), {
      podSelector: { matchLabels: names.selector('nimbus') },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ protocol: 'TCP', port: ports.http.port }] }],
      egress: [{ to: own }, { ports: [...DNS, ...API_SERVER] }],
    }),
  ]
}
