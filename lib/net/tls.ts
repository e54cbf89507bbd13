/**
 * TLS for a server and for its clients: version 1.3, and where an authority is given both ends show a certificate of
 * it, and believe no other.
 */
import { Agent, request } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/** The certificate of a process, and whose it believes; texts in PEM. */
export interface Tls {
  readonly cert: string
  readonly key: string
  /** The authority of both ends; unless given, a server asks for no certificate, and a dialer believes the system's. */
  readonly ca?: string
}

/** What a worker has of its own for TLS, as a resource of this name: left out where the run has none. */
export const TLS_RESOURCE = 'typhoon.tls'

/**
 * The options of a server of HTTPS.
 * @param admits whether who shows no certificate is let in: whoever answers looks at it, see `commonNameOf`
 */
export function serverTls({ ca, ...own }: Tls, admits = false) {
  return { ...own, ...LATEST, ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: !admits }) }
}

/** The common name in the certificate that the other end has shown; undefined where it is none of the authority. */
export function commonNameOf(socket: Duplex): unknown {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
  return socket.getPeerCertificate().subject?.CN
}

/** The options of a connection to a server of TLS, see `Tls`. */
export function clientTls(tls: Partial<Tls> | undefined) {
  return { ...LATEST, ...tls }
}

/** How requests go to an address: as HTTP or as HTTPS, over one connection that is kept. */
export interface Way {
  readonly agent: Agent
  readonly request: typeof request
}

/** The way to an address. @param tls what this side shows and believes; left out, it shows nothing */
export function wayTo(address: URL, tls: Partial<Tls> | undefined): Way {
  const one = { keepAlive: true, maxSockets: 1 }
  if (address.protocol !== 'https:') return { agent: new Agent(one), request }
  return { agent: new SecureAgent({ ...one, ...clientTls(tls) }), request: secureRequest as typeof request }
}

const LATEST = { minVersion: 'TLSv1.3' } as const
