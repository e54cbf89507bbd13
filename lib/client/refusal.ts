/** Why a service does not do what it is asked, or why nobody answers. */
import { DefinitionError, messageOf, type Problem, TyphoonError } from '../errors/typhoon-error.ts'
import { object, text } from '../shape/guards.ts'

/** What was submitted is not in order. */
const UNFIT = 422
/** Nothing of the request was read. */
const HEAD_TOO_LARGE = 431
const BELIEVE =
  'let this host believe its authority: typhoon cluster ca > ca.pem there, NODE_EXTRA_CA_CERTS=ca.pem here'
/** What a connection fails with before anything was asked. */
const NOT_BEGUN =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_TLS|CERT_)/
const STRANGER = /^(?:UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/

/** Nobody has answered. */
export class Unanswered extends TyphoonError {
  /** A change was asked for, which may have been heard, and made. */
  readonly mayBeDone: boolean

  constructor(message: string, mayBeDone: boolean, hint: string, cause?: unknown) {
    super('SERVICE_UNREACHABLE', message, { hint, ...(cause === undefined ? {} : { cause }) })
    this.mayBeDone = mayBeDone
  }
}

/**
 * @param cause what `fetch`, or reading its answer, has thrown
 * @param isChange a change was asked for
 */
export function unanswered(server: string, cause: unknown, isChange: boolean): Unanswered {
  const reason = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException
  const code = String(reason.code ?? '')
  const hint = STRANGER.test(code) ? BELIEVE : 'start one with typhoon up, or name another with --server URL'
  const message = `no service answers at ${server}: ${messageOf(reason)}`
  return new Unanswered(message, isChange && !NOT_BEGUN.test(code), hint, cause)
}

/** Another nimbus leads than the one that was asked. */
export class LedElsewhere extends TyphoonError {
  /** Its URL, as the one that was asked knows it. */
  readonly leader: string

  constructor(error: TyphoonError, leader: string) {
    super(error.code, error.message, { where: error.where, hint: error.hint, cause: error })
    this.leader = leader
  }
}

const led = object({ leader: object({ address: text(2048) }) })

/** What a service has refused. */
export async function refusalIn(response: Response): Promise<TyphoonError> {
  const body: unknown = await response.json().catch(() => ({}))
  const problems = (body as { problems?: readonly Problem[] }).problems
  const [first] = Array.isArray(problems) ? (problems as readonly Problem[]) : []
  const error = errorOf(response.status, first, problems)
  return led(body) && URL.canParse(body.leader.address) ? new LedElsewhere(error, body.leader.address) : error
}

function errorOf(status: number, first: Problem | undefined, problems: readonly Problem[] | undefined): TyphoonError {
  if (first !== undefined && status === UNFIT) return new DefinitionError(problems!)
  if (first !== undefined) return new TyphoonError(first.code, first.message, first)
  if (status === HEAD_TOO_LARGE)
    return new TyphoonError('SERVICE_BAD_REQUEST', 'what is asked for is longer than a service reads', {
      hint: 'give a shorter name, text or condition',
    })
  return new TyphoonError('SERVICE_UNREACHABLE', `what answers there is not a service of Typhoon (${status})`)
}

/** Whether a change may have been made though it is refused. */
export function isUnclear(error: unknown): boolean {
  if (error instanceof Unanswered) return error.mayBeDone
  return error instanceof TyphoonError && error.code === 'STORE_UNREACHABLE'
}

/** Whether it can be otherwise in a moment, when another nimbus leads. */
export function mayPass(error: unknown): boolean {
  const passing = ['NOT_LEADER', 'SERVICE_STOPPING', 'STORE_UNREACHABLE', 'KUBERNETES_UNREACHABLE']
  return error instanceof Unanswered || (error instanceof TyphoonError && passing.includes(error.code))
}

/** Why none of several has done what was asked: all of them are named. @param failures of each the last one */
export function ofAll(failures: ReadonlyMap<string, unknown>): unknown {
  const all = [...failures]
  const answered = all.map(([, error]) => error).filter((error) => !(error instanceof Unanswered))
  const told = (answered.at(-1) ?? all[0]?.[1]) as TyphoonError
  if (all.length === 1) return told
  const message = all
    .map(([server, error]) => (error instanceof Unanswered ? error.message : `${server} says: ${messageOf(error)}`))
    .join('; ')
  const hint = told.code === 'NOT_LEADER' ? 'another one may be about to lead: ask again in a moment' : told.hint
  return new TyphoonError(told.code, message, { where: told.where, hint, cause: told })
}

/** @param tells the command that says what has become of it @param cause what was said last */
export function outcomeUnknown(seconds: number, tells: string, cause: unknown): TyphoonError {
  const message = `nobody has said for ${seconds} s whether this change is made: ${messageOf(cause)}`
  return new TyphoonError('OUTCOME_UNKNOWN', message, { hint: `it is made, or it is not: ${tells} tells`, cause })
}
