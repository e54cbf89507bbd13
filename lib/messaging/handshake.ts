/**
 * Who may talk to whom: the checks that each side makes before a link opens, beside the proofs (`net/proof.ts`). Pure;
 * `websocket.ts` carries them in HTTP headers, a simulated network calls the last two alone.
 */
import { PROTOCOL_VERSION } from './frames.ts'
import type { Expected, Identity } from './link.ts'
import { nameOf } from './link-end.ts'

/** HTTP headers in which both sides say who they are. */
const VERSION_HEADER = 'typhoon-protocol'
const RUN_HEADER = 'typhoon-run'
const WORKER_HEADER = 'typhoon-worker'
const INCARNATION_HEADER = 'typhoon-incarnation'

/** What the proofs of both sides cover. */
export const IDENTITY_HEADERS = [VERSION_HEADER, RUN_HEADER, WORKER_HEADER, INCARNATION_HEADER] as const

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
 * The listener's checks of what a request says, before any proof: they tell a stranger what is wrong with its words,
 * and nothing else.
 */
export function judgeHeaders(headers: Headers): Identity | Refusal {
  if (headers['origin'] !== undefined) return { status: 403, text: 'browsers are refused' }
  const version = headers[VERSION_HEADER]
  if (version !== String(PROTOCOL_VERSION)) {
    return {
      status: 426,
      text: `this process speaks protocol version ${PROTOCOL_VERSION}, not ${String(version).slice(0, 20)}`,
    }
  }
  return readIdentity(headers) ?? { status: 400, text: 'run, worker or incarnation is missing or malformed' }
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

function wholeNumber(text: string | string[] | undefined): number | undefined {
  return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
