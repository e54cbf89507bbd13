/**
 * How a pod reaches the API server of its cluster: by the files that the kubelet has mounted for its service account.
 * They are read anew for each request, for the kubelet replaces the token before it expires.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import type { ClusterAccess } from './access.ts'

/** Where the kubelet mounts them. */
const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/** @throws KUBERNETES_REFUSED (rejects) where this is no pod, or one that was given no account */
export async function inCluster(env: NodeJS.ProcessEnv, folder = ACCOUNT_FOLDER): Promise<ClusterAccess> {
  const [host, port] = [env['KUBERNETES_SERVICE_HOST'], env['KUBERNETES_SERVICE_PORT'] ?? '443']
  if (host === undefined) throw outside('KUBERNETES_SERVICE_HOST is not set')
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: await mounted(folder, 'namespace'),
    credentials: async () => ({ ca: await mounted(folder, 'ca.crt'), token: await mounted(folder, 'token') }),
  }
}

async function mounted(folder: string, name: string): Promise<string> {
  const file = join(folder, name)
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    throw outside(messageOf(cause), file)
  }
}

function outside(why: string, file?: string): TyphoonError {
  return new TyphoonError('KUBERNETES_REFUSED', `there is no service account of Kubernetes here: ${why}`, {
    ...(file === undefined ? {} : { where: { file } }),
    hint: 'run it in a pod whose account is mounted (automountServiceAccountToken)',
  })
}
