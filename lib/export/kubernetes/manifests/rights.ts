/**
 * Accounts and what they may: the nimbus its own Lease, its own Secrets and ConfigMaps of its namespace; workers
 * nothing, and they are shown no token. Objects that have a known name stand here empty, so that nobody needs the right
 * to create any.
 */
import type { Manifest, Names, Part } from './names.ts'
import { ports } from './ports.ts'

const RBAC = 'rbac.authorization.k8s.io'
/** Secrets that the nimbus fills: its authority, the token that supervisors join with, the token of its owner. */
const SECRETS = ['authority', 'join', 'owner'] as const

export function rightsManifests(names: Names): Manifest[] {
  return [account(names, 'nimbus'), account(names, 'worker'), ...nimbusRights(names), submitRights(names)]
}

/** What the nimbus keeps in the API server under names that are known. */
export function keptManifests(names: Names): Manifest[] {
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: names.metadata(names.cluster) }
  return [
    lease,
    ...SECRETS.map((name) => ({
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque' },
      metadata: names.metadata(names.of(name)),
    })),
  ]
}

function account(names: Names, part: Part): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: names.metadata(names.of(part), part),
    automountServiceAccountToken: part === 'nimbus',
  }
}

function nimbusRights(names: Names): Manifest[] {
  const name = names.of('nimbus')
  const may = ['get', 'update']
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata: names.metadata(name, 'nimbus'),
      rules: [
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [names.cluster], verbs: may },
        { apiGroups: [''], resources: ['secrets'], resourceNames: SECRETS.map((one) => names.of(one)), verbs: may },
        // Their names are made as topologies come, and Kubernetes knows no right on names with a prefix.
        { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'create', 'update', 'delete'] },
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: names.metadata(name, 'nimbus'),
      roleRef: { apiGroup: RBAC, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name }],
    },
  ]
}

/** What `typhoon submit --kubernetes` needs, for people who are to have it; bound to nobody here. */
function submitRights(names: Names): Manifest {
  const service = `https:${names.of('nimbus')}:${ports.http.name}`
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata: names.metadata(names.of('submit')),
    rules: [
      {
        apiGroups: [''],
        resources: ['services/proxy'],
        resourceNames: [service],
        verbs: ['get', 'create', 'update', 'delete'],
      },
      { apiGroups: [''], resources: ['secrets'], resourceNames: [names.of('owner')], verbs: ['get'] },
    ],
  }
}
