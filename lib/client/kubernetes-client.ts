/**
 * A service in a Kubernetes cluster, asked through the API server: whoever may ask that one for it needs no other way
 * to it. The token of the service's owner is in a Secret, and who may read it is its owner.
 */
import { Readable } from 'node:stream'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import { type KubeconfigFlags, kubeconfigAccess } from '../kubernetes-api/kubeconfig.ts'
import { KubernetesApi } from '../kubernetes-api/kubernetes-api.ts'
import { Secret } from '../kubernetes-api/secret.ts'
import { ServiceClient } from './service-client.ts'

/** Statuses that the API server gives where nobody has answered it. */
const NOBODY = [502, 503, 504]

/**
 * @param cluster its name, as the export has it
 * @throws BAD_CONFIG, KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED; SERVICE_UNREACHABLE where its nimbus has not begun
 * (rejects)
 */
export async function kubernetesClient(
  cluster: string,
  flags: KubeconfigFlags,
  env: NodeJS.ProcessEnv,
): Promise<ServiceClient> {
  const access = await kubeconfigAccess(flags, env)
  const api = new KubernetesApi(access)
  const { token } = await new Secret(api, `${cluster}-owner`).read()
  if (token === undefined) throw nobody(cluster, 'its nimbus has not begun yet')
  const service = encodeURIComponent(`https:${cluster}-nimbus:http`).replaceAll('%3A', ':')
  const root = `/api/v1/namespaces/${encodeURIComponent(access.namespace)}/services/${service}/proxy`
  return ServiceClient.through({
    server: `${access.server}${root}`,
    token,
    async pass(path, method, headers, body) {
      const incoming = await api.pass(method, `${root}${path}`, { headers, body })
      const status = incoming.statusCode ?? 0
      if (NOBODY.includes(status) && incoming.headers['content-type']?.startsWith('application/json') !== true)
        throw nobody(cluster, messageOf(incoming.statusMessage))
      return new Response(Readable.toWeb(incoming) as ReadableStream, { status })
    },
  })
}

function nobody(cluster: string, why: string): TyphoonError {
  return new TyphoonError('SERVICE_UNREACHABLE', `the nimbus of "${cluster}" does not answer: ${why}`, {
    hint: `is its pod ready? kubectl get pods -l app.kubernetes.io/instance=${cluster}`,
  })
}
