/**
 * By which names and addresses a host may be reached: those that its certificate names, which it has got with a token,
 * and the address that it is seen to come from. A host that says another one of itself could be taken for that one.
 */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { TyphoonError } from '../../errors/typhoon-error.ts'

/** Whether a certificate names all of these. @param cert in PEM */
export function namesAll(cert: string, hosts: readonly string[]): boolean {
  const certificate = new X509Certificate(cert)
  return hosts.every((host) => isNamed(certificate, host))
}

/** @param socket of the host, which has shown its certificate @throws JOIN_REFUSED where one of these is not its own */
export function checkReachedBy(name: string, hosts: readonly string[], socket: Duplex): void {
  const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  const from = socket instanceof TLSSocket ? plainAddress(socket.remoteAddress ?? '') : ''
  const foreign = hosts.find((host) => plainAddress(host) !== from && (shown === undefined || !isNamed(shown, host)))
  if (foreign === undefined) return
  const message = `host ${name} says that it is reached by ${foreign}, which its certificate does not name`
  throw new TyphoonError('JOIN_REFUSED', `${message}; it comes from ${from}`, {
    hint: 'with another name or address it joins anew: typhoon cluster token > FILE on the nimbus, and --join FILE there',
  })
}

function isNamed(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined
  return certificate.checkHost(host) !== undefined
}

/** The same text for each way to write an address; names stay as they are. */
function plainAddress(host: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host) ?? []
  if (mapped !== undefined) return mapped
  return isIP(host) === 6 ? new URL(`http://[${host.replace(/%.*$/, '')}]`).hostname.slice(1, -1) : host
}
