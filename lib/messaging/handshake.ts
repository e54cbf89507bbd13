/**
 * Who may talk to whom: the checks that each side makes before a link opens. Pure; `websocket.ts` carries them in HTTP
 * headers, `in-process.ts` calls the last two alone.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { PROTOCOL_VERSION } from './frames.ts'
import type { Expected, Identity } from './link.ts'
import { nameOf } from './link-end.ts'

/** HTTP headers in which both sides say who they are. */
export const VERSION_HEADER = 'typhoon-protocol'
export const RUN_HEADER = 'typhoon-run'
export const WORKER_HEADER = 'typhoon-worker'
export const INCARNATION_HEADER = 'typhoon-incarnation'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Why a dialer is turned away: an HTTP status and one line. */
export interface Refusal {
  status: 400 | 401 | 403 | 409 | 426
  text: string
}

/** What a process says of itself, in both directions. */
export function identityHeaders(identity: Identity): Record<string, string> {
  return {
    [VERSION_HEADER]: String(PROTOCOL_VERSION),
    [RUN_HEADER]: encodeURIComponent(identity.run),
    [WORKER_HEADER]: String(identity.worker),
    [INCARNATION_HEADER]: String(identity.incarnation),
  }
}

/** The identity in headers, `undefined` where it is missing or malformed. */
export function readIdentity(headers: Headers): Identity | undefined {
  const worker = wholeNumber(headers[WORKER_HEADER])
  const incarnation = wholeNumber(headers[INCARNATION_HEADER])
  const run = headers[RUN_HEADER]
  if (worker === undefined || incarnation === undefined || typeof run !== 'string') return undefined
  try {
    return { run: decodeURIComponent(run), worker, incarnation }
  } catch {
    return undefined
  }
}

/**
 * The listener's checks of what a dialer sent. The secret comes before all that would tell a stranger something; its
 * digests are compared, in constant time, so that neither its length nor its start can be found out by timing.
 */
export function judgeHeaders(headers: Headers, own: Identity, secret: string): Identity | Refusal {
  if (headers['origin'] !== undefined) return { status: 403, text: 'browsers are not let in' }
  if (!sameSecret(headers['authorization'], `Bearer ${secret}`)) {
    return { status: 401, text: 'the secret of the run is missing or wrong' }
  }
  const version = headers[VERSION_HEADER]
  if (version !== String(PROTOCOL_VERSION)) {
    return { status: 426, text: `protocol version ${PROTOCOL_VERSION} is spoken here, not ${String(version)}` }
  }
  const peer = readIdentity(headers)
  if (peer === undefined) return { status: 400, text: 'run, worker or incarnation is missing or malformed' }
  const otherRun = judgeRun(peer, own)
  return otherRun === undefined ? peer : { status: 409, text: otherRun }
}

/** What is wrong with the run of a peer. */
export function judgeRun(peer: Identity, own: Identity): string | undefined {
  return peer.run === own.run ? undefined : `${nameOf(own)} belongs to another run`
}

/** The dialer's check of who has answered: what is wrong with it. */
export function judgeAnswer(peer: Identity | undefined, own: Identity, expect: Expected): string | undefined {
  if (peer === undefined) return 'it does not say who it is'
  if (peer.run !== own.run) return 'it belongs to another run'
  const expected = expect.incarnation === undefined || expect.incarnation === peer.incarnation
  return peer.worker === expect.worker && expected ? undefined : `${nameOf(peer)} answers, not ${nameOf(expect)}`
}

function sameSecret(given: string | string[] | undefined, wanted: string): boolean {
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(wanted))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function wholeNumber(text: string | string[] | undefined): number | undefined {
  return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
