/**
 * WebSockets, both ends; the only file of the runtime that imports `ws`. Nothing is compressed, and no message is
 * larger than whoever opens it says.
 */
import type { Agent, IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'
import type { ByteBudget } from './budget.ts'
import { Refused, readText } from './challenge.ts'

export type { WebSocket }

/** Required, see docs/decisions/034-start.md. */
const ws = createRequire(import.meta.url)('ws') as typeof import('ws')

/** How a WebSocket is opened. */
export interface Opening {
  readonly maxMessageBytes: number
  readonly headers: Readonly<Record<string, string>>
  /** Whose connection it takes; one of its own unless given. */
  readonly agent?: Agent
  /** Gives up where it is aborted. */
  readonly signal: AbortSignal
}

/**
 * Opens a WebSocket to `http://…`, `https://…`, `ws://…` or `wss://…`.
 * @param onOpen makes of it what is wanted, before the first message comes
 * @throws Refused, what the connection breaks with, or the signal's reason (rejects)
 */
export function openWebSocket<T>(
  address: string | URL,
  { maxMessageBytes, headers, agent, signal }: Opening,
  onOpen: (socket: WebSocket) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const options = { headers, ...(agent === undefined ? {} : { agent }), ...limitedTo(maxMessageBytes) }
    const socket = new ws.WebSocket(address, options)
    const giveUp = (error: unknown): void => {
      signal.removeEventListener('abort', onAbort)
      reject(error)
      agent?.destroy()
      socket.terminate()
    }
    const onAbort = (): void => giveUp(signal.reason)
    signal.addEventListener('abort', onAbort)
    socket.on('error', giveUp)
    socket.on('unexpected-response', (_request, response) => {
      readText(response, (text) => giveUp(new Refused(response.statusCode ?? 0, text)))
    })
    socket.on('open', () => {
      signal.removeEventListener('abort', onAbort)
      const made = onOpen(socket)
      socket.off('error', giveUp)
      resolve(made)
    })
  })
}

/** What a server sets for its WebSockets. */
export interface WebSocketLimits {
  readonly maxMessageBytes: number
  /** Every so often each end must show that it lives; unless given, whoever gets the sockets sees to that. */
  readonly pingMs?: number | undefined
  /** Counts what all of them have sent in part. */
  readonly unread?: ByteBudget | undefined
}

const GOING_AWAY = 1001
const FAREWELL_MS = 500

/** The WebSockets of one kind that a server has accepted; `Peer` is what is known of who is at the other end. */
export class WebSockets<Peer = void> {
  readonly #server: WebSocketServer
  readonly #onOpen: (webSocket: WebSocket, peer: Peer) => void
  readonly #unread: ByteBudget | undefined
  readonly #timer: NodeJS.Timeout | undefined
  readonly #silent = new WeakSet<WebSocket>()

  /** @param onOpen what errors do to it, 'close' says, which follows them */
  constructor(
    { maxMessageBytes, pingMs, unread }: WebSocketLimits,
    onOpen: (webSocket: WebSocket, peer: Peer) => void,
  ) {
    this.#onOpen = onOpen
    this.#unread = unread
    this.#server = new ws.WebSocketServer({ noServer: true, ...limitedTo(maxMessageBytes) })
    this.#timer = pingMs === undefined ? undefined : setInterval(() => this.#ping(), pingMs).unref()
  }

  /** Makes a WebSocket of a request that was let in. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, peer: Peer): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => {})
      webSocket.on('pong', () => this.#silent.delete(webSocket))
      if (this.#unread !== undefined) account(webSocket, socket, this.#unread)
      this.#onOpen(webSocket, peer)
    })
  }

  /** Ends all of them, as far as they react. */
  close(): void {
    clearInterval(this.#timer)
    for (const socket of this.#server.clients) {
      socket.close(GOING_AWAY)
      setTimeout(() => socket.terminate(), FAREWELL_MS).unref()
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

function limitedTo(maxMessageBytes: number): { perMessageDeflate: false; maxPayload: number } {
  return { perMessageDeflate: false, maxPayload: maxMessageBytes }
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
