/** Which addresses are this machine's alone, and how it reaches a server of its own. */

/** Where servers listen by default. */
export const LOOPBACK = '127.0.0.1'

/** Whether an address that a server listens on can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** What this machine dials to reach a server that listens on `host`, which may stand for every address. */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return LOOPBACK
  return host === '::' ? '::1' : host
}

/** The name of the host in `localhost:3774`, `[::1]:3774`; empty if it is invalid. */
export function hostName(host: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(host) ?? []
  return (bracketed ?? plain ?? '').toLowerCase()
}
