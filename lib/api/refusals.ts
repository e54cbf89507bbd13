/** Why a request is refused, and what HTTP says of it. */
import type { ErrorCode } from '../errors/catalogue.ts'
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { Objection } from '../net/guard.ts'
import type { Leader } from '../nimbus/leadership/leadership.ts'
import { shorten } from '../words/suggest.ts'

interface About {
  readonly hint?: string
  readonly allow?: string
  readonly leader?: Leader
}

/** What has a status of its own. */
export class Refused extends TyphoonError {
  readonly status: number
  /** The methods that there are. */
  readonly allow: string | undefined
  /** Who can be asked instead. */
  readonly leader: Leader | undefined

  constructor(code: ErrorCode, message: string, status: number, about: About = {}) {
    super(code, message, about.hint === undefined ? {} : { hint: about.hint })
    this.status = status
    this.allow = about.allow
    this.leader = about.leader
  }
}

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  SERVICE_BAD_REQUEST: 400,
  SERVICE_UNAUTHORIZED: 401,
  TOPOLOGY_UNKNOWN: 404,
  ROOT_UNKNOWN: 404,
  NO_ROOTS: 409,
  PROFILE_BUSY: 409,
  PROFILE_FAILED: 409,
  TOPOLOGY_EXISTS: 409,
  TOPOLOGY_BUSY: 409,
  FOREGROUND_RUN: 409,
  BUNDLE_TOO_LARGE: 413,
  SERVICE_STOPPING: 503,
  NOT_LEADER: 503,
  STORE_UNREACHABLE: 503,
  STORE_REFUSED: 503,
  RECORD_TOO_LARGE: 413,
  STATE_UNAVAILABLE: 503,
  FILE_UNUSABLE: 503,
  OUT_OF_DESCRIPTORS: 503,
  INTERNAL: 500,
}

/** What is wrong with what was submitted, and nothing of the service. */
const UNFIT = 422

/** Of HTTP. */
export function statusOf(error: unknown): number {
  if (error instanceof Refused) return error.status
  if (error instanceof TyphoonError) return STATUS[error.code] ?? UNFIT
  return 500
}

/** That this nimbus does not lead. @param leader who does, where that is known */
export function notLeading(leader: Leader | undefined): Refused {
  if (leader === undefined)
    return new Refused('NOT_LEADER', 'this nimbus does not lead, and it is not known which one does', 503, {
      hint: 'another one may be about to lead: ask again in a moment',
    })
  const where = `${leader.id} does, at ${leader.address}`
  return new Refused('NOT_LEADER', `this nimbus does not lead: ${where}`, 503, { hint: 'ask that one', leader })
}

/** That what is looked at is no service. */
export function foregroundRun(): TyphoonError {
  return new TyphoonError('FOREGROUND_RUN', 'this is one run in the foreground: a service does that', {
    hint: 'end it where it was begun, and submit its topology to a service: typhoon up, typhoon submit FILE',
  })
}

/** Why nobody is known to ask. */
const UNKNOWN = {
  expired: 'the token has expired',
  'session over': 'the session is over',
  'wrong token': 'the token is not one of this service',
  'no token': 'this takes a token of the service',
}

/** Why somebody is not let in. */
export function refusalOf(objection: Objection | keyof typeof UNKNOWN, host = ''): Refused {
  if (objection === 'foreign host')
    return new Refused('REFUSED', `"${shorten(host)}" is not a name of this machine`, 403)
  if (objection === 'foreign page') return new Refused('REFUSED', 'pages of other servers may not ask', 403)
  return new Refused('SERVICE_UNAUTHORIZED', UNKNOWN[objection], 401, {
    hint: 'show it with --token-file FILE; whoever began the service on this machine needs none',
  })
}
