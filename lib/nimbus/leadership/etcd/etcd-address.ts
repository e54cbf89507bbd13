/** Reads where etcd is, as it is said on a command line. */
import { TyphoonError } from '../../../errors/typhoon-error.ts'
import { isLoopback } from '../../../net/loopback.ts'

const SCHEME = 'etcd:'

/**
 * The members of `etcd:https://a:2379,https://b:2379`.
 * @throws USAGE also where others on the network could read and write there
 */
export function endpointsOf(store: string): readonly URL[] {
  if (!store.startsWith(SCHEME)) throw bad(`"${store}" is not a store`)
  return store.slice(SCHEME.length).split(',').map(endpointOf)
}

function endpointOf(given: string): URL {
  if (!URL.canParse(given)) throw bad(`"${given}" is not the URL of a member of etcd`)
  const url = new URL(given)
  if (url.username !== '' || url.password !== '')
    throw bad('a command line is seen by all users of a machine', 'name the user with --store-user, and a file')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') throw bad(`"${given}" has more than host and port`)
  if (url.protocol === 'https:') return url
  if (url.protocol !== 'http:') throw bad(`"${given}" is not the URL of a member of etcd`)
  if (isLoopback(url.hostname.replace(/^\[|\]$/g, ''))) return url
  throw bad(`${given} is on another host, and without TLS`, 'whoever is on the way could lead the cluster: use https')
}

function bad(
  message: string,
  hint = 'example: --store etcd:https://10.0.0.1:2379,https://10.0.0.2:2379',
): TyphoonError {
  return new TyphoonError('USAGE', message, { hint })
}
