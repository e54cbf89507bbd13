/**
 * The messages of the two WebSockets of a DRPC server, each one JSON text. What comes is checked by shape; a text that
 * is none of these is nobody's message, and its connection is closed.
 */
import { CATALOGUE, type ErrorCode, TyphoonError } from '../../index.ts'
import { object, oneOf, type Shape, text, whole } from '../../util/shape.ts'

/** Where clients connect, and where workers do. */
export const CLIENT_PATH = '/drpc'
export const INVOCATIONS_PATH = '/drpc-invocations'

/** JSON writes a character as six bytes at most (`\u0000`). */
export const JSON_GROWTH = 6
/** What a message holds beside its long text. */
export const MESSAGE_HEAD = 4096

/** Client → server: a request, with any id of the client's own; or the client does not want the answer any more. */
export type ClientMessage =
  | { readonly id: string | number; readonly function: string; readonly args: string }
  | { readonly id: string | number; readonly cancel: true }

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

/** Worker → server. Those with a `call` are answered with `done`. */
export type WorkerMessage =
  /** Requests of this function may come, so many at first, for the task that `holder` names in all its lives. */
  | {
      readonly type: 'feed'
      readonly feed: number
      readonly function: string
      readonly holder: string
      readonly room: number
    }
  /** So many more may come. */
  | { readonly type: 'room'; readonly feed: number; readonly room: number }
  /** No more may come. */
  | { readonly type: 'pause'; readonly feed: number }
  /** Nobody has begun with this request. */
  | { readonly type: 'untouched'; readonly id: string; readonly attempt: number }
  | WorkerCall

/** What a worker says of a request that it had. */
export type Verdict =
  | { readonly type: 'result'; readonly id: string; readonly result: string }
  | { readonly type: 'fail'; readonly id: string; readonly reason: string }
  | { readonly type: 'give back'; readonly id: string; readonly attempt: number; readonly loss: string }

/** A verdict that is to be confirmed. */
export type WorkerCall = Verdict & { readonly call: number }

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

const CALL = { call: whole(), id: text() }
const WORKER_SHAPES: Readonly<Record<string, Shape>> = {
  feed: object({ feed: whole(), function: text(), holder: text(), room: whole() }),
  room: object({ feed: whole(), room: whole() }),
  pause: object({ feed: whole() }),
  untouched: object({ id: text(), attempt: whole() }),
  result: object({ ...CALL, result: text() }),
  fail: object({ ...CALL, reason: text() }),
  'give back': object({ ...CALL, attempt: whole(), loss: text() }),
}
/** An id that is any other number may have been rounded, and its sender would not know it again. */
const ID: Shape = (value) => typeof value === 'string' || Number.isSafeInteger(value)
const CANCEL = object({ id: ID, cancel: oneOf(true) })
const REQUEST = object({ id: ID, function: text(), args: text() })

/** The message of a worker; undefined where it is none. */
export function readWorkerMessage(text: string): WorkerMessage | undefined {
  const message = jsonObject(text)
  const type = message?.['type']
  if (typeof type !== 'string' || !Object.hasOwn(WORKER_SHAPES, type)) return undefined
  return WORKER_SHAPES[type]!(message) ? (message as unknown as WorkerMessage) : undefined
}

/** The message of a client; undefined where it is none. */
export function readClientMessage(text: string): ClientMessage | undefined {
  const message = jsonObject(text)
  return CANCEL(message) || REQUEST(message) ? (message as unknown as ClientMessage) : undefined
}

/** Any JSON object; undefined where the text is none. */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** An error as it goes over the wire. */
export function bodyOf({ code, message, hint }: TyphoonError): ErrorBody {
  return { code, message, ...(hint === undefined ? {} : { hint }) }
}

/** The error that came over the wire; undefined where it is none. */
export function errorOf(body: Readonly<Record<string, unknown>>): TyphoonError | undefined {
  const { code, message, hint } = body
  if (typeof code !== 'string' || !Object.hasOwn(CATALOGUE, code) || typeof message !== 'string') return undefined
  return new TyphoonError(code as ErrorCode, message, typeof hint === 'string' ? { hint } : {})
}
