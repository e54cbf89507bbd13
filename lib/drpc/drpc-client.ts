/**
 * Asks functions over one WebSocket, many requests at a time. The connection is made anew when it breaks: what was
 * under way then is rejected, the next request dials again.
 *
 *     const client = await DrpcClient.connect('http://127.0.0.1:3774')
 *     await client.execute('reach', 'https://example.org') // '16'
 *     client.close()
 */

import { messageOf, TyphoonError } from '../index.ts'
import { Refused } from '../net/challenge.ts'
import { type Opening, openWebSocket, type WebSocket } from '../net/websocket.ts'
import { checkOptions, type OptionTable, positive, secret } from '../shape/options.ts'
import { realClock } from '../util/time/real-clock.ts'
import { isToken } from '../util/token.ts'
import { MAX_RESULT_BYTES } from './protocol/invocations.ts'
import { CLIENT_PATH, type ClientMessage, errorOf, JSON_GROWTH, jsonObject, MESSAGE_HEAD } from './protocol/messages.ts'

/** What can be set of a DrpcClient. */
export interface DrpcClientOptions {
  /** The server's token, where it wants one. */
  readonly token?: string
  /**
   * A request that is not answered within this many milliseconds is rejected; unless given, the server's limit alone
   * counts.
   */
  readonly timeoutMs?: number
}

/** @internal */
export const DRPC_CLIENT = { token: secret(), timeoutMs: positive() } satisfies OptionTable<DrpcClientOptions>

interface Waiting {
  readonly resolve: (result: string) => void
  readonly reject: (error: unknown) => void
  readonly cancelTimer: (() => void) | undefined
}

const PATIENCE_MS = 5000

/** A client of a DRPC server. */
export class DrpcClient {
  readonly #url: URL
  readonly #options: DrpcClientOptions
  readonly #waiting = new Map<number, Waiting>()
  #socket: Promise<WebSocket> | undefined
  #lastId = 0
  #closed = false

  /**
   * Use `connect`, which says at once where there is no server.
   * @throws DRPC_BAD_REQUEST for an invalid URL or token
   */
  constructor(url: string, options: DrpcClientOptions = {}) {
    this.#url = socketUrl(url)
    this.#options = checkOptions('DrpcClient', options, DRPC_CLIENT, 'DRPC_BAD_REQUEST')
    if (options.token !== undefined && !isToken(options.token))
      throw new TyphoonError('DRPC_BAD_REQUEST', 'the token must consist of visible ASCII characters')
  }

  /** A client, connected. @throws DRPC_UNREACHABLE, DRPC_UNAUTHORIZED, DRPC_BAD_REQUEST, REFUSED (rejects) */
  static async connect(url: string, options: DrpcClientOptions = {}): Promise<DrpcClient> {
    const client = new DrpcClient(url, options)
    await client.#connected()
    return client
  }

  /**
   * The result of a function.
   * @throws DRPC_TIMEOUT, DRPC_FAILED, DRPC_QUEUE_FULL, DRPC_SHUTDOWN, DRPC_BAD_REQUEST; DRPC_UNREACHABLE where the
   * connection breaks (rejects)
   */
  async execute(functionName: string, args = '', { timeoutMs = this.#options.timeoutMs } = {}): Promise<string> {
    const socket = await this.#connected()
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      const late = (): void => {
        this.#waiting.delete(id)
        sendTo(socket, { id, cancel: true })
        const message = `"${functionName}" has not answered within ${timeoutMs! / 1000} s`
        reject(new TyphoonError('DRPC_TIMEOUT', message, { where: { function: functionName } }))
      }
      const cancelTimer = timeoutMs === undefined ? undefined : realClock.after(timeoutMs, late)
      this.#waiting.set(id, { resolve, reject, cancelTimer })
      sendTo(socket, { id, function: functionName, args })
    })
  }

  /** Closes the connection; what is under way is rejected. */
  close(): void {
    this.#closed = true
    this.#socket?.then((socket) => socket.close(1000)).catch(() => {})
  }

  #connected(): Promise<WebSocket> {
    if (this.#closed) return Promise.reject(new TyphoonError('DRPC_UNREACHABLE', 'the client was closed'))
    this.#socket ??= this.#dial()
    return this.#socket
  }

  #dial(): Promise<WebSocket> {
    const { token } = this.#options
    const opening: Opening = {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      maxMessageBytes: MAX_RESULT_BYTES * JSON_GROWTH + MESSAGE_HEAD,
      signal: AbortSignal.timeout(PATIENCE_MS),
    }
    const forget = (): void => {
      if (this.#socket === made) this.#socket = undefined
    }
    const made: Promise<WebSocket> = openWebSocket(this.#url, opening, (socket) => {
      let error = new TyphoonError('DRPC_UNREACHABLE', `the connection to ${this.#url.host} broke`)
      socket.on('error', (cause) => {
        error = unreachable(this.#url, cause)
      })
      socket.on('close', () => {
        forget()
        for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(error)
      })
      socket.on('message', (data: Buffer) => this.#receive(data.toString()))
      return socket
    }).catch((cause: unknown) => {
      forget()
      throw cause instanceof Refused ? refusedWith(cause) : unreachable(this.#url, cause)
    })
    return made
  }

  #receive(text: string): void {
    const answer = jsonObject(text)
    const waiting = this.#settle(answer?.['id'] as number)
    if (waiting === undefined) return
    const { result } = answer!
    if (typeof result === 'string') waiting.resolve(result)
    else waiting.reject(errorOf(answer!) ?? new TyphoonError('DRPC_FAILED', 'the answer is not that of a DRPC server'))
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    waiting?.cancelTimer?.()
    this.#waiting.delete(id)
    return waiting
  }
}

function sendTo(socket: WebSocket, message: ClientMessage): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
}

function socketUrl(url: string): URL {
  try {
    const parsed = new URL(CLIENT_PATH, url)
    if (/^(?:http|ws)s?:$/.test(parsed.protocol)) {
      parsed.protocol = parsed.protocol.replace('http', 'ws')
      return parsed
    }
  } catch {
    // Told below.
  }
  throw new TyphoonError('DRPC_BAD_REQUEST', `"${url}" is not an address of a DRPC server`, {
    hint: 'it is what typhoon run prints: http://127.0.0.1:3774',
  })
}

/** What the server says in place of a WebSocket. */
function refusedWith({ status, text }: Refused): TyphoonError {
  const told = errorOf(jsonObject(text) ?? {})
  return told ?? new TyphoonError('DRPC_UNREACHABLE', `no DRPC server: the answer is HTTP ${status}`)
}

function unreachable({ host }: URL, cause: unknown): TyphoonError {
  return new TyphoonError('DRPC_UNREACHABLE', `no DRPC server answers at ${host}: ${messageOf(cause)}`, {
    cause,
    hint: 'is the topology running? See where typhoon run says "DRPC on"',
  })
}
