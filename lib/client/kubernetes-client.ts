/**
 * A service in a Kubernetes cluster, asked through the API server: whoever may ask that one for it needs no other way
 * to it. The token of the service's owner is in a Secret, and who may read it is its owner.
 */
import { Readable } from 'node:stream'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { type KubeconfigFlags, kubeconfigAccess } from '../kubernetes-api/kubeconfig.ts'
import { KubernetesApi } from '../kubernetes-api/kubernetes-api.ts'
import { Secret } from '../kubernetes-api/secret.ts'
import { object, oneOf, text } from '../shape/guards.ts'
import type { PassedOnBy } from './connection.ts'
import { Unanswered } from './refusal.ts'
import { ServiceClient, type Waiting } from './service-client.ts'

/** Statuses that the API server gives where nobody has answered it. */
const NOBODY = [502, 503, 504]
const REFUSED = 400
const MOST_CHARACTERS = 100_000
const objection = object({ kind: oneOf('Status'), message: text() })

/**
 * @param cluster its name, as the export has it
 * @throws BAD_CONFIG, KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED; SERVICE_UNREACHABLE where its nimbus has not begun
 * (rejects)
 */
export async function kubernetesClient(
  cluster: string,
  flags: KubeconfigFlags,
  env: NodeJS.ProcessEnv,
  waiting: Waiting = {},
): Promise<ServiceClient> {
  const access = await kubeconfigAccess(flags, env)
  const api = new KubernetesApi(access)
  const { token } = await new Secret(api, `${cluster}-owner`).read()
  if (token === undefined) throw nobody(cluster, access.namespace, 'its nimbus has not begun yet')
  const service = encodeURIComponent(`https:${cluster}-nimbus:http`).replaceAll('%3A', ':')
  const root = `/api/v1/namespaces/${encodeURIComponent(access.namespace)}/services/${service}/proxy`
  const by: PassedOnBy = {
    server: `${access.server}${root}`,
    token,
    async pass(path, method, headers, body) {
      const incoming = await api.pass(method, `${root}${path}`, { headers, body })
      const status = incoming.statusCode ?? 0
      if (status < REFUSED) return new Response(Readable.toWeb(incoming) as ReadableStream, { status })
      const said = await beginningOf(incoming)
      const problem = ofApiServer(said)
      if (problem !== undefined && NOBODY.includes(status)) throw nobody(cluster, access.namespace, problem, status)
      if (problem !== undefined)
        throw new TyphoonError('KUBERNETES_REFUSED', `${access.server} does not pass it on: ${problem}`, {
          hint: `bind the Role "${cluster}-submit" of the export to whoever asks`,
        })
      return new Response(said, { status })
    },
  }
  return ServiceClient.through(by, waiting)
}

/** What is said where something is refused: so much of it is read. */
async function beginningOf(incoming: Readable): Promise<string> {
  let said = ''
  for await (const chunk of incoming.setEncoding('utf8')) {
    said += chunk
    if (said.length > MOST_CHARACTERS) break
  }
  return said
}

/** The objection of the API server, where it is one of its own and not that of who it passes requests on to. */
function ofApiServer(said: string): string | undefined {
  try {
    const found: unknown = JSON.parse(said)
    return objection(found) ? found.message : undefined
  } catch {
    return said
  }
}

/** @param status of HTTP; 503: no pod was there that could have been asked */
function nobody(cluster: string, namespace: string, why: string, status = 503): TyphoonError {
  const pods = `kubectl get pods --namespace ${namespace} --selector app.kubernetes.io/instance=${cluster}`
  return new Unanswered(
    `the nimbus of "${cluster}" does not answer: ${why}`,
    status !== 503,
    `is its pod ready? ${pods}`,
  )
}
