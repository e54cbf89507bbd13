/**
 * A DRPC server over HTTP: `POST /drpc/FUNCTION` with the arguments as its body, `GET /drpc/FUNCTION/ARGS`, `GET
 * /drpc/FUNCTION`. The answer is the result; an error is a JSON object `{code, message, hint?}`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ErrorCode, TyphoonError } from '../../index.ts'
import type { ByteBudget } from '../../net/budget.ts'
import type { Guard } from '../../net/guard.ts'
import { shorten } from '../../words/suggest.ts'
import { bodyOf, jsonObject } from '../protocol/messages.ts'
import type { DrpcServer, RequestOutcome } from './drpc-server.ts'
import { type Refusal, refusal, refusalFor } from './refusal.ts'

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  DRPC_TIMEOUT: 504,
  DRPC_FAILED: 500,
  DRPC_QUEUE_FULL: 429,
  DRPC_SHUTDOWN: 503,
  DRPC_UNAUTHORIZED: 401,
  DRPC_BAD_REQUEST: 400,
  REFUSED: 403,
}
const HOW = 'POST /drpc/FUNCTION with the arguments as the body, GET /drpc/FUNCTION/ARGS, or GET /drpc/FUNCTION'

interface Target {
  readonly function: string
  /** Undefined: they are the body. */
  readonly args: string | undefined
}

/** What clients may do. */
export interface FaceLimits {
  /** Largest arguments, in bytes. */
  readonly maxBytes: number
  /** The budget of bytes for requests that have come in part, shared by all clients. */
  readonly unread: ByteBudget
  /** A client has sent a request that the guard has nothing against. */
  onLetIn(socket: Duplex): void
}

/** Answers requests of HTTP. */
export class HttpFace {
  readonly #server: DrpcServer
  readonly #guard: Guard
  readonly #maxBytes: number
  readonly #limits: FaceLimits

  constructor(server: DrpcServer, guard: Guard, limits: FaceLimits) {
    this.#server = server
    this.#guard = guard
    this.#maxBytes = limits.maxBytes
    this.#limits = limits
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {})
    const objection = this.#guard.judge(request.headers)
    if (objection === undefined) this.#limits.onLetIn(request.socket)
    const target = objection === undefined ? this.#target(request) : refusalFor(objection, request.headers.host)
    if ('status' in target) refuse(request, response, target)
    else if (target.args !== undefined) this.#ask(target.function, target.args, response)
    else this.#readBody(request, response, (args) => this.#ask(target.function, args, response))
  }

  #target(request: IncomingMessage): Target | Refusal {
    const { method = '', url = '' } = request
    if (method !== 'GET' && method !== 'POST')
      return refusal(405, 'DRPC_BAD_REQUEST', `a function cannot be asked with ${method}`, { hint: HOW })
    const [, name = '', rest] = /^\/drpc\/([^/?#]+)(?:\/([^?#]*))?$/.exec(url) ?? []
    if (name === '' || (method === 'POST' && rest !== undefined)) return notAPath(url)
    let functionName: string
    let args: string | undefined
    try {
      functionName = decodeURIComponent(name)
      args = method === 'GET' ? decodeURIComponent(rest ?? '') : undefined
    } catch {
      return refusal(400, 'DRPC_BAD_REQUEST', 'the path is not encoded as a URL', {
        hint: 'write what is not a letter, digit, "-", ".", "_" or "~" as %XX, in UTF-8',
      })
    }
    if (args !== undefined && Buffer.byteLength(args) > this.#maxBytes) return this.#tooLarge()
    if (!this.#server.serves(functionName))
      return refusal(404, 'DRPC_BAD_REQUEST', `no topology serves the function "${shorten(functionName)}"`)
    return { function: functionName, args }
  }

  #readBody(request: IncomingMessage, response: ServerResponse, onArgs: (args: string) => void): void {
    const unread = unreadable(request)
    if (unread !== undefined) {
      refuse(request, response, unread)
      return
    }
    if (Number(request.headers['content-length'] ?? 0) > this.#maxBytes) {
      refuse(request, response, this.#tooLarge())
      return
    }
    let chunks: Buffer[] = []
    let bytes = 0
    const account = this.#limits.unread.account(() => request.destroy())
    request.on('error', () => {})
    request.on('close', () => account.settle())
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= this.#maxBytes) {
        chunks.push(chunk)
        account.add(chunk.length)
      } else if (!response.headersSent) refuse(request, response, this.#tooLarge())
    })
    request.on('end', () => {
      account.settle()
      if (response.headersSent) return
      const args = decodeUtf8(Buffer.concat(chunks))
      chunks = []
      if (args !== undefined) onArgs(args)
      else refuse(request, response, refusal(400, 'DRPC_BAD_REQUEST', 'the body is not UTF-8'))
    })
  }

  #ask(functionName: string, args: string, response: ServerResponse): void {
    const takeBack = this.#server.begin(functionName, args, (outcome) => answer(response, outcome))
    // Whoever has gone does not want to know.
    response.on('close', takeBack)
  }

  #tooLarge(): Refusal {
    return refusal(413, 'DRPC_BAD_REQUEST', `the arguments have more than ${this.#maxBytes} bytes`, {
      hint: 'raise drpc.max.request.bytes, or send less',
    })
  }
}

function answer(response: ServerResponse, outcome: RequestOutcome): void {
  if (response.destroyed) return
  if ('error' in outcome) sendError(response, STATUS[outcome.error.code] ?? 500, outcome.error)
  else {
    const type = looksLikeJson(outcome.result) ? 'application/json' : 'text/plain'
    send(response, 200, `${type}; charset=utf-8`, outcome.result)
  }
}

/** A body that is packed, or text in another encoding, would be taken for other arguments than were meant. */
function unreadable({ headers }: IncomingMessage): Refusal | undefined {
  const packed = headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (packed !== '' && packed !== 'identity')
    return refusal(415, 'DRPC_BAD_REQUEST', `a body with Content-Encoding: ${shorten(packed)} is not read`, {
      hint: 'send the arguments as they are, without compression',
    })
  const [, charset = 'utf-8'] = /;\s*charset="?([^\s";]+)/i.exec(headers['content-type'] ?? '') ?? []
  if (/^(?:utf-?8|us-ascii)$/i.test(charset)) return undefined
  return refusal(415, 'DRPC_BAD_REQUEST', `a body with charset ${shorten(charset)} is not read`, {
    hint: 'send the arguments in UTF-8',
  })
}

/** The rest of a body that is not wanted would be taken for the next request: the connection ends. */
function refuse(request: IncomingMessage, response: ServerResponse, { status, error }: Refusal): void {
  if (!request.complete) response.setHeader('connection', 'close')
  request.resume()
  sendError(response, status, error)
}

function sendError(response: ServerResponse, status: number, error: TyphoonError): void {
  if (status === 401) response.setHeader('www-authenticate', 'Bearer')
  if (status === 405) response.setHeader('allow', 'GET, POST')
  if (status === 415) response.setHeader('accept-encoding', 'identity')
  if (status === 429) response.setHeader('retry-after', '1')
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(bodyOf(error)))
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
  response.end(text)
}

/** An object or a list; a lone word or number stays a text. */
function looksLikeJson(text: string): boolean {
  if (text.startsWith('{')) return jsonObject(text) !== undefined
  return text.startsWith('[') && jsonObject(`{"list":${text}}`) !== undefined
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function notAPath(url: string): Refusal {
  if (url.startsWith('/drpc/') && url.includes('?'))
    return refusal(400, 'DRPC_BAD_REQUEST', 'the path has a query, and functions have none', {
      hint: 'write a "?" that belongs to the arguments as %3F, or use POST',
    })
  return refusal(404, 'DRPC_BAD_REQUEST', `there is nothing at "${shorten(url)}"`, { hint: HOW })
}
