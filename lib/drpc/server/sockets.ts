/**
 * The two WebSockets of a DRPC server: clients ask, many requests at a time; workers of the run take requests. A
 * message that makes no sense ends its connection, and so does an end that has fallen silent.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { TyphoonError } from '../../index.ts'
import type { ByteBudget } from '../../net/budget.ts'
import { MAX_RESULT_BYTES } from '../protocol/invocations.ts'
import {
  bodyOf,
  type ClientAnswer,
  JSON_GROWTH,
  MESSAGE_HEAD,
  readClientMessage,
  readWorkerMessage,
} from '../protocol/messages.ts'
import type { DrpcServer } from './drpc-server.ts'
import type { InvocationsHub } from './invocations-hub.ts'

/** Every so often each end must show that it lives. */
const PING_MS = 30_000
/** A client that reads so slowly that this much waits for it is cut off. */
const MOST_BUFFERED = 64 * 1024 * 1024
const POLICY_VIOLATION = 1008
const GOING_AWAY = 1001

/** Connections of one kind. */
export class Sockets {
  readonly #server: WebSocketServer
  readonly #onOpen: (socket: WebSocket) => void
  readonly #timer: NodeJS.Timeout
  readonly #silent = new WeakSet<WebSocket>()

  readonly #unread: ByteBudget | undefined

  /** @param maxMessage in bytes @param unread of what all of them have sent in part */
  constructor(maxMessage: number, onOpen: (socket: WebSocket) => void, pingMs = PING_MS, unread?: ByteBudget) {
    this.#unread = unread
    this.#server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: maxMessage })
    this.#onOpen = onOpen
    this.#timer = setInterval(() => this.#ping(), pingMs).unref()
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => {}) // 'close' follows
      webSocket.on('pong', () => this.#silent.delete(webSocket))
      if (this.#unread !== undefined) account(webSocket, socket, this.#unread)
      this.#onOpen(webSocket)
    })
  }

  /** Ends all of them, as far as they let themselves be told. */
  close(): void {
    clearInterval(this.#timer)
    for (const socket of this.#server.clients) {
      socket.close(GOING_AWAY)
      setTimeout(() => socket.terminate(), 500).unref()
    }
  }

  #ping(): void {
    for (const socket of this.#server.clients) {
      if (this.#silent.has(socket)) socket.terminate()
      else {
        this.#silent.add(socket)
        socket.ping()
      }
    }
  }
}

/** A frame of control: two bytes of head and four of mask beside what it holds. */
const CONTROL_OVERHEAD = 6

/**
 * Counts the bytes of a message that is not whole: they are counted before the WebSocket reads them, and settled by
 * what it makes of them.
 */
function account(webSocket: WebSocket, connection: Duplex, unread: ByteBudget): void {
  const { add, settle } = unread.account(() => webSocket.terminate())
  const onControl = (data: Buffer): void => add(-data.length - CONTROL_OVERHEAD)
  connection.prependListener('data', (chunk: Buffer) => add(chunk.length))
  webSocket.on('message', settle)
  webSocket.on('ping', onControl)
  webSocket.on('pong', onControl)
  webSocket.on('close', settle)
}

/** Where clients connect. */
export function clientSockets(
  server: DrpcServer,
  maxRequestBytes: number,
  unread: ByteBudget,
  pingMs?: number,
): Sockets {
  const largest = maxRequestBytes * JSON_GROWTH + MESSAGE_HEAD
  return new Sockets(largest, (socket) => serveClient(socket, server, maxRequestBytes), pingMs, unread)
}

function serveClient(socket: WebSocket, server: DrpcServer, maxRequestBytes: number): void {
  const takeBack = new Map<string | number, () => void>()
  const answer = (message: ClientAnswer): void => {
    if (socket.bufferedAmount > MOST_BUFFERED) socket.terminate()
    else if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  }
  const refuse = (id: string | number | null, error: TyphoonError): void => answer({ id, ...bodyOf(error) })
  socket.on('close', () => {
    for (const take of takeBack.values()) take()
  })
  socket.on('message', (data: RawData, isBinary: boolean) => {
    const message = isBinary ? undefined : readClientMessage(String(data))
    if (message === undefined) {
      refuse(null, badRequest('the message is not a request', 'it is a JSON text {"id", "function", "args"}'))
      return socket.close(POLICY_VIOLATION)
    }
    const { id } = message
    if ('cancel' in message) {
      takeBack.get(id)?.()
      takeBack.delete(id)
    } else if (takeBack.has(id)) refuse(id, badRequest(`the id ${JSON.stringify(id)} is in use`))
    else if (Buffer.byteLength(message.args) > maxRequestBytes)
      refuse(id, badRequest(`the arguments have more than ${maxRequestBytes} bytes`, 'raise drpc.max.request.bytes'))
    else {
      let isOver = false
      const take = server.begin(message.function, message.args, (outcome) => {
        isOver = true
        takeBack.delete(id)
        if ('result' in outcome) answer({ id, result: outcome.result })
        else refuse(id, outcome.error)
      })
      if (!isOver) takeBack.set(id, take)
    }
  })
}

/** Where the workers of the run connect. */
export function workerSockets(hub: InvocationsHub, pingMs?: number): Sockets {
  return new Sockets(
    MAX_RESULT_BYTES * JSON_GROWTH + MESSAGE_HEAD,
    (socket) => {
      const worker = hub.connect((message) => {
        if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
      })
      socket.on('close', () => worker.lost())
      socket.on('message', (data: RawData, isBinary: boolean) => {
        const message = isBinary ? undefined : readWorkerMessage(String(data))
        if (message === undefined || !worker.receive(message)) socket.close(POLICY_VIOLATION)
      })
    },
    pingMs,
  )
}

function badRequest(message: string, hint?: string): TyphoonError {
  return new TyphoonError('DRPC_BAD_REQUEST', message, hint === undefined ? {} : { hint })
}
