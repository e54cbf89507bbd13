/**
 * What a supervisor, or a nimbus that stands by, asks the nimbus that leads over HTTPS: a certificate, and the contents
 * of code.
 */
import type { IncomingMessage } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { messageOf, type Problem, TyphoonError } from '../../errors/typhoon-error.ts'
import { readWhole } from '../../net/read-whole.ts'
import { clientTls, type Tls } from '../../net/tls.ts'
import type { Taken, Told } from '../../nimbus/code/copies.ts'
import { list, object, text } from '../../shape/guards.ts'
import { readTold } from '../copies/copy-messages.ts'
import { PATHS } from '../messages.ts'
import { type Credentials, holderOf } from '../trust/authority.ts'
import type { JoinToken } from '../trust/join-token.ts'

const PATIENCE_MS = 10_000
const MOST_ANSWER_BYTES = 100_000
/** The digests of all files of some bundles. */
const MOST_OFFERED_BYTES = 64 * 1024 * 1024

const credentials = object({ cert: text(20_000), key: text(20_000), ca: text(20_000) })
const refusal = object({ problems: list(object({ code: text(100), message: text(10_000) }, { hint: text(10_000) })) })

/** A certificate for this host. @throws JOIN_REFUSED, SERVICE_UNREACHABLE (rejects) */
export function join(nimbus: string, token: JoinToken, name: string, hosts: readonly string[]): Promise<Credentials> {
  const { ca, expires, seal } = token
  return askCredentials(nimbus, PATHS.join, { ca }, { name, hosts, expires, seal })
}

/** Another one for the same host. @throws SERVICE_UNREACHABLE (rejects) */
export function renew(nimbus: string, own: Credentials, hosts: readonly string[]): Promise<Credentials> {
  return askCredentials(nimbus, PATHS.renew, own, { hosts })
}

/** The content of a file of a topology's code. @throws BAD_BUNDLE, SERVICE_UNREACHABLE (rejects) */
export async function fetchBlob(nimbus: string, own: Credentials, digest: string): Promise<IncomingMessage> {
  const response = await ask(nimbus, 'GET', `${PATHS.blob}${digest}`, own)
  if (response.statusCode === 200) return response
  throw refused(nimbus, response, await readAll(nimbus, response))
}

/** What there is to do for a nimbus that stands by, of the one that leads. @throws SERVICE_UNREACHABLE (rejects) */
export async function askCopies(nimbus: string, own: Credentials, taken: Taken): Promise<Told> {
  const response = await ask(nimbus, 'POST', PATHS.copies, own, JSON.stringify(taken))
  const said = await readAll(nimbus, response, MOST_OFFERED_BYTES)
  const told = response.statusCode === 200 ? readTold(parsed(said)) : undefined
  if (told !== undefined) return told
  throw refused(nimbus, response, said)
}

/** Brings a content that the nimbus has asked for. @throws SERVICE_BAD_REQUEST, SERVICE_UNREACHABLE (rejects) */
export async function giveBlob(nimbus: string, own: Credentials, digest: string, content: Readable): Promise<void> {
  const response = await ask(nimbus, 'POST', `${PATHS.blob}${digest}`, own, content)
  const said = await readAll(nimbus, response)
  if (response.statusCode !== 200) throw refused(nimbus, response, said)
}

async function askCredentials(
  nimbus: string,
  path: string,
  tls: Partial<Credentials>,
  body: object,
): Promise<Credentials> {
  const response = await ask(nimbus, 'POST', path, tls, JSON.stringify(body))
  const said = await readAll(nimbus, response)
  if (response.statusCode === 200) {
    const found: unknown = parsed(said)
    if (credentials(found)) return found
  }
  throw refused(nimbus, response, said)
}

/** Whoever answers shows the certificate of a nimbus: a host of the cluster that answers in its place is none. */
export function nimbusTls(own: Partial<Credentials>) {
  return {
    ...clientTls(own),
    checkServerIdentity(host: string, certificate: PeerCertificate): Error | undefined {
      const objection = checkServerIdentity(host, certificate)
      if (objection !== undefined) return objection
      if (holderOf(certificate.subject.CN)?.role === 'nimbus') return undefined
      return Object.assign(new Error('what answers there is not a nimbus'), { code: 'UNABLE_TO_VERIFY_NIMBUS' })
    },
  }
}

function ask(
  nimbus: string,
  method: string,
  path: string,
  tls: Partial<Tls>,
  body: string | Readable = '',
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asking = secureRequest(
      new URL(path, nimbus),
      { method, ...nimbusTls(tls), timeout: PATIENCE_MS, agent: false },
      resolve,
    )
    asking.on('timeout', () => asking.destroy(new Error(`no answer for ${PATIENCE_MS / 1000} s`)))
    asking.on('error', (cause: NodeJS.ErrnoException) => reject(unreachable(nimbus, cause)))
    if (typeof body === 'string') asking.end(body)
    else pipeline(body, asking).catch((error: unknown) => asking.destroy(error as Error))
  })
}

/** @throws what a connection to a nimbus has broken with, as an error that says what to do */
export function unreachable(nimbus: string, cause: NodeJS.ErrnoException): TyphoonError {
  // That of a closed WebSocket is a number.
  const code = String(cause.code)
  const isForeign = code.startsWith('SELF_SIGNED') || code.startsWith('UNABLE_TO')
  if (isForeign)
    return new TyphoonError('JOIN_REFUSED', `the nimbus at ${nimbus} is not one of this cluster`, {
      hint: 'make a token on the nimbus that is there (typhoon cluster token), and join with it in an empty --dir',
      cause,
    })
  const clocks = cause.code === 'CERT_NOT_YET_VALID' || cause.code === 'CERT_HAS_EXPIRED'
  return new TyphoonError('SERVICE_UNREACHABLE', `no nimbus answers at ${nimbus}: ${messageOf(cause)}`, {
    hint: clocks ? 'do the clocks of both hosts agree?' : 'it is tried again; is the nimbus up, and its port open?',
    cause,
  })
}

async function readAll(nimbus: string, response: IncomingMessage, mostBytes = MOST_ANSWER_BYTES): Promise<string> {
  try {
    const tooLong = (): Error => new Error('its answer is too long')
    return (await readWhole(response, mostBytes, tooLong)).toString()
  } catch (error) {
    throw unreachable(nimbus, error as NodeJS.ErrnoException)
  }
}

function refused(nimbus: string, { statusCode }: IncomingMessage, said: string): TyphoonError {
  const found = parsed(said)
  const problem = refusal(found) ? found.problems[0] : undefined
  if (problem === undefined)
    return new TyphoonError('SERVICE_UNREACHABLE', `the nimbus at ${nimbus} answers with status ${statusCode}`)
  const { code, message, hint } = problem
  return new TyphoonError(code as Problem['code'], message, hint === undefined ? {} : { hint })
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said)
  } catch {
    return undefined
  }
}
