/**
 * Requests that come from a page of a browser, by a foreign origin or a foreign name of this machine (DNS rebinding):
 * no server of ours answers those.
 */
import type { IncomingHttpHeaders } from 'node:http'

/** Whether an address that a server listens on can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** The name of the host in `localhost:3774`, `[::1]:3774`; empty where it is none. */
export function hostName(host: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(host) ?? []
  return (bracketed ?? plain ?? '').toLowerCase()
}

/** Whether the headers are those of a page of a browser that another server has sent. */
export function isForeignPage({ host = '', origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  const foreign = origin !== undefined && origin !== `http://${host}`
  return foreign || site === 'cross-site' || site === 'same-site'
}
