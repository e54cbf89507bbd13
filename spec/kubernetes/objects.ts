/** Objects of a cluster, made and looked at as an administrator. */
import { readFileSync } from 'node:fs'
import type { ClusterAccess } from '../../lib/kubernetes-api/access.ts'
import { KubernetesApi, type KubernetesObject } from '../../lib/kubernetes-api/kubernetes-api.ts'

/** Where objects of a kind are: the path of their version, and their plural. */
const PLACES: Readonly<Record<string, readonly [string, string]>> = {
  Namespace: ['/api/v1', 'namespaces'],
  Node: ['/api/v1', 'nodes'],
  Pod: ['/api/v1', 'pods'],
  Service: ['/api/v1', 'services'],
  ServiceAccount: ['/api/v1', 'serviceaccounts'],
  Secret: ['/api/v1', 'secrets'],
  ConfigMap: ['/api/v1', 'configmaps'],
  PersistentVolume: ['/api/v1', 'persistentvolumes'],
  PersistentVolumeClaim: ['/api/v1', 'persistentvolumeclaims'],
  Deployment: ['/apis/apps/v1', 'deployments'],
  StatefulSet: ['/apis/apps/v1', 'statefulsets'],
  PodDisruptionBudget: ['/apis/policy/v1', 'poddisruptionbudgets'],
  NetworkPolicy: ['/apis/networking.k8s.io/v1', 'networkpolicies'],
  Role: ['/apis/rbac.authorization.k8s.io/v1', 'roles'],
  RoleBinding: ['/apis/rbac.authorization.k8s.io/v1', 'rolebindings'],
  Lease: ['/apis/coordination.k8s.io/v1', 'leases'],
}
const OF_NO_NAMESPACE = ['Namespace', 'Node', 'PersistentVolume']

/** One cluster, in one namespace. */
export class Objects {
  readonly api: KubernetesApi
  readonly #access: ClusterAccess

  constructor(access: ClusterAccess) {
    this.api = new KubernetesApi(access)
    this.#access = access
  }

  /** @throws (rejects) where it is there already, or where the API server does not take all of it */
  async create(object: {
    readonly kind: string
    readonly metadata: { readonly name: string }
  }): Promise<KubernetesObject> {
    const answer = await this.api.ask('POST', `${this.pathOf(object.kind)}?fieldValidation=Strict`, { body: object })
    if (answer.is !== 'done') throw new Error(`${object.kind} ${object.metadata.name}: ${answer.is}`)
    return answer.body
  }

  async get(kind: string, name: string): Promise<any> {
    const answer = await this.api.ask('GET', `${this.pathOf(kind)}/${name}`)
    return answer.is === 'done' ? answer.body : undefined
  }

  async list(kind: string, query = ''): Promise<any[]> {
    const answer = await this.api.ask<{ items: any[] }>('GET', `${this.pathOf(kind)}${query}`)
    return answer.is === 'done' ? answer.body.items : []
  }

  async remove(kind: string, name: string, options: object = {}): Promise<void> {
    await this.api.ask('DELETE', `${this.pathOf(kind)}/${name}`, { body: options })
  }

  /** A token of a service account, as the kubelet gets it for a pod. */
  async tokenOf(account: string): Promise<string> {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } }
    const answer = await this.api.ask('POST', `${this.pathOf('ServiceAccount')}/${account}/token`, { body })
    if (answer.is !== 'done') throw new Error(`no token for ${account}: ${answer.is}`)
    return (answer.body['status'] as { token: string }).token
  }

  /** As a service account. */
  async accessAs(account: string): Promise<ClusterAccess> {
    const token = await this.tokenOf(account)
    const { ca } = await this.#access.credentials()
    return { ...this.#access, credentials: async () => ({ ca, token }) }
  }

  pathOf(kind: string): string {
    const [version, plural] = PLACES[kind]!
    const namespace = OF_NO_NAMESPACE.includes(kind) ? '' : `/namespaces/${this.api.namespace}`
    return `${version}${namespace}/${plural}`
  }
}

/** What a kubeconfig of these tests says: JSON, one cluster, one user with a token. */
export function accessIn(kubeconfig: string, namespace: string): ClusterAccess {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'))
  const [{ cluster }] = clusters
  const ca = readFileSync(cluster['certificate-authority'], 'utf8')
  return { server: cluster.server, namespace, credentials: async () => ({ ca, token: users[0].user.token }) }
}
