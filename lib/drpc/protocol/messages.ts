/**
 * The messages of the two WebSockets of a DRPC server, each one JSON text. What comes is checked by shape; a text that
 * is none of these is not a message, and its connection is closed.
 */
import { CATALOGUE, type ErrorCode, TyphoonError } from '../../index.ts'
import { isMap, object, oneOf, type Shape, type Shaped, type Tagged, tagged, text, whole } from '../../shape/guards.ts'

/** Where clients connect, and where workers do. */
export const CLIENT_PATH = '/drpc'
export const INVOCATIONS_PATH = '/drpc-invocations'

/** JSON writes a character as six bytes at most (`\u0000`). */
export const JSON_GROWTH = 6
/** What a message holds beside its long text. */
export const MESSAGE_HEAD = 4096

/** A number that is not safe may have been rounded, and its sender would not know it again. */
const id: Shape<string | number> = (value): value is string | number =>
  typeof value === 'string' || Number.isSafeInteger(value)
const request = object({ id, function: text(), args: text() })
const cancel = object({ id, cancel: oneOf(true) })
/** Client → server: a request, with any id of the client's own; or the client does not want the answer any more. */
export type ClientMessage = Shaped<typeof request> | Shaped<typeof cancel>

/** Server → client. */
export type ClientAnswer =
  | { readonly id: string | number; readonly result: string }
  | ({ readonly id: string | number | null } & ErrorBody)

/** An error as clients get it, in a body of HTTP too. */
export interface ErrorBody {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
}

const REQUEST_REPORTS = {
  result: object({ id: text(), result: text() }),
  fail: object({ id: text(), reason: text() }),
  'give back': object({ id: text(), attempt: whole(), loss: text() }),
} as const
/** What a worker says of a request that it had. */
export type RequestReport = Tagged<'type', typeof REQUEST_REPORTS>
/** A report that is to be confirmed by `done`. */
export type WorkerCall = RequestReport & { readonly call: number }

const FEEDS = {
  /** Requests of this function may come, this many at first, for the task that `holder` names in all its lives. */
  feed: object({ feed: whole(), function: text(), holder: text(), room: whole() }),
  /** So many more may come. */
  room: object({ feed: whole(), room: whole() }),
  /** No more may come. */
  pause: object({ feed: whole() }),
  /** Nobody has begun with this request. */
  untouched: object({ id: text(), attempt: whole() }),
} as const
/** Worker → server. */
export type DrpcWorkerMessage = Tagged<'type', typeof FEEDS> | WorkerCall

/** Server → worker. */
export type ServerMessage =
  | {
      readonly type: 'request'
      readonly feed: number
      readonly id: string
      readonly function: string
      readonly args: string
      readonly attempt: number
    }
  | { readonly type: 'done'; readonly call: number }

const isFeed = tagged('type', FEEDS)
const isRequestReport = tagged('type', REQUEST_REPORTS)
const isCall = object({ call: whole() })

/** The message of a worker; undefined if it is invalid. */
export function readDrpcWorkerMessage(text: string): DrpcWorkerMessage | undefined {
  const message: unknown = jsonObject(text)
  return isFeed(message) || (isRequestReport(message) && isCall(message)) ? message : undefined
}

/** The message of a client; undefined if it is invalid. */
export function readClientMessage(text: string): ClientMessage | undefined {
  const message: unknown = jsonObject(text)
  return cancel(message) || request(message) ? message : undefined
}

/** Any JSON object; undefined if the text is not one. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isMap(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** An error as it goes over the wire. */
export function bodyOf({ code, message, hint }: TyphoonError): ErrorBody {
  return { code, message, ...(hint === undefined ? {} : { hint }) }
}

/** The error that came over the wire; undefined if it is invalid. */
export function errorOf(body: Readonly<Record<string, unknown>>): TyphoonError | undefined {
  const { code, message, hint } = body
  if (typeof code !== 'string' || !Object.hasOwn(CATALOGUE, code) || typeof message !== 'string') return undefined
  return new TyphoonError(code as ErrorCode, message, typeof hint === 'string' ? { hint } : {})
}
