/**
 * Links over WebSockets, on loopback by default. docs/protocol.md has the handshake.
 *
 * A WebSocket masks what the client sends (a pass over every byte at both ends) and not what the server sends. So the
 * receiving worker dials the sending one: then tuples travel from the listening to the dialing side, unmasked.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { messageOf, type Problem, TyphoonError } from '../errors/typhoon-error.ts'
import { Challenger, onOneLine, prove, Refused, type Terms } from '../net/challenge.ts'
import { type ListenAddress, openServer, refuseUpgrade } from '../net/server.ts'
import { openWebSocket, type WebSocket, WebSockets } from '../net/websocket.ts'
import { KIND_CONTROL, MAX_CONTROL_FRAME_BYTES } from './frames.ts'
import {
  IDENTITY_HEADERS,
  identityHeaders,
  judgeAnswer,
  judgeHeaders,
  judgeRun,
  type Refusal,
  readIdentity,
} from './handshake.ts'
import type { Expected, Identity, Link, Listener, ListenOptions, Network } from './link.ts'
import { LinkEnd, linkLost, nameOf } from './link-end.ts'

/** The time for a handshake: a busy process may be slow. */
const PATIENCE_MS = 10_000
/** The time in which a peer must answer the end of a link. */
const FAREWELL_MS = 5000
const MAX_HEADER_BYTES = 8192
const NO_DIALER: Refusal = { status: 426, text: 'this port speaks WebSocket between Typhoon processes' }

/** What the processes of one run agree on; each may listen at a place of its own. */
export interface WebSocketOptions extends Omit<ListenAddress, 'port'> {
  /** Made for the run and known to its processes alone; it never goes over the wire. */
  readonly secret: string
  /**
   * Largest frame, its head included; both ends must have the same. Control frames have a limit of their own, because
   * what is set for tuples must not keep a plan from arriving.
   */
  readonly maxFrameBytes: number
}

/** Links of one run over WebSockets. @throws INTERNAL for an empty secret, which everybody knows. */
export function webSocketNetwork(options: WebSocketOptions): Network {
  if (options.secret === '') throw new TyphoonError('INTERNAL', 'the secret is empty')
  return {
    listen: (listening) => listen(options, listening),
    dial: (address, identity, expect) => dial(options, address, identity, expect),
  }
}

class WebSocketLink extends LinkEnd {
  readonly #socket: WebSocket
  readonly #maxFrameBytes: number
  readonly #onSent = (): void => this.wake()

  constructor(socket: WebSocket, peer: Identity, maxFrameBytes: number) {
    super(peer)
    this.#socket = socket
    this.#maxFrameBytes = maxFrameBytes
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (this.ended) return
      if (!isBinary) void this.close(this.#problem('BAD_FRAME', 'a text frame was received; frames are binary'))
      else if (data.length > this.#limitOf(data)) void this.close(this.#tooLarge(this.#limitOf(data)))
      else this.receive(data)
    })
    socket.on('error', (error) => this.end(this.#faultOf(error)))
    socket.on('close', (code) => this.end(this.#endOf(code)))
  }

  send(frame: Uint8Array): void {
    if (this.ended) return
    const limit = this.#limitOf(frame)
    if (frame.length > limit) {
      throw new TyphoonError('FRAME_TOO_LARGE', `a frame has ${frame.length} bytes; the limit is ${limit}`)
    }
    this.#socket.send(frame, this.#onSent)
  }

  get bufferedBytes(): number {
    return this.ended ? 0 : this.#socket.bufferedAmount
  }

  protected disconnect(bye: Uint8Array | undefined): Promise<void> {
    const socket = this.#socket
    if (socket.readyState === socket.CLOSED) return Promise.resolve()
    // A paused socket would never read the answer to its close frame.
    socket.resume()
    return new Promise((resolve) => {
      // A peer that does not answer must not keep this process alive, nor the connection.
      const timer = setTimeout(() => socket.terminate(), FAREWELL_MS).unref()
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      if (bye !== undefined && socket.readyState === socket.OPEN) socket.send(bye)
      socket.close(1000)
    })
  }

  protected hold(held: boolean): void {
    if (held) this.#socket.pause()
    else this.#socket.resume()
  }

  /** What this side has found wrong. `ws` has then informed the peer by a close code, see `#endOf`. */
  #faultOf(error: Error & { code?: string }): Problem {
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
      return this.#tooLarge(largestMessage(this.#maxFrameBytes))
    }
    if (error.code?.startsWith('WS_ERR_')) return this.#problem('BAD_FRAME', messageOf(error))
    return linkLost(this.peer, messageOf(error))
  }

  /** The connection was closed without a bye frame: by a fault that the peer's WebSocket found, or it broke. */
  #endOf(code: number): Problem {
    if (code === 1009) return this.#problem('FRAME_TOO_LARGE', 'it says that a frame was over its limit')
    if (code === 1002 || code === 1003 || code === 1007) {
      return this.#problem('BAD_FRAME', `it says that a frame was malformed (WebSocket code ${code})`)
    }
    return linkLost(this.peer, code === 1006 ? 'the connection is gone' : `closed with WebSocket code ${code}`)
  }

  #limitOf(frame: Uint8Array): number {
    return frame[0] === KIND_CONTROL ? MAX_CONTROL_FRAME_BYTES : this.#maxFrameBytes
  }

  #tooLarge(limit: number): Problem {
    return this.#problem('FRAME_TOO_LARGE', `a frame is over the limit of ${limit} bytes`)
  }

  #problem(code: 'BAD_FRAME' | 'FRAME_TOO_LARGE', what: string): Problem {
    return { code, message: `on the link to ${nameOf(this.peer)}: ${what}`, where: { worker: this.peer.worker } }
  }
}

/** What the WebSocket lets through, before the kind of a frame is known. */
function largestMessage(maxFrameBytes: number): number {
  return Math.max(maxFrameBytes, MAX_CONTROL_FRAME_BYTES)
}

async function listen(options: WebSocketOptions, listening: ListenOptions): Promise<Listener> {
  const { host, advertised, tls, maxFrameBytes } = options
  const own = listening.identity
  const sockets = new WebSockets<Identity>({ maxMessageBytes: largestMessage(maxFrameBytes) }, (socket, peer) =>
    listening.onLink(new WebSocketLink(socket, peer, maxFrameBytes)),
  )
  const server = await openServer({
    ...{ host, advertised, tls, port: listening.port },
    who: nameOf({ worker: own.worker }),
    troubleCode: 'LINK_LOST',
    maxHeaderBytes: MAX_HEADER_BYTES,
    onTrouble: (problem) => listening.onTrouble?.(problem),
  })
  const address = server.address.replace(/^http/, 'ws')
  const challenger = new Challenger(termsOf(options), address, identityHeaders(own))
  server.serve({
    request(request, response) {
      const judged = judgeHeaders(request.headers)
      if (!('status' in judged) && challenger.challenge(request, response)) return server.door.heard(request.socket)
      const { status, text } = 'status' in judged ? judged : NO_DIALER
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(text)
    },
    upgrade(request, socket, head) {
      const judged = judge(request, socket, challenger, listening)
      if ('status' in judged) return refuseUpgrade(socket, judged.status, onOneLine(judged.text))
      server.door.admit(socket)
      sockets.upgrade(request, socket, head, judged)
    },
  })
  // Nobody waits until every link has ended: they are connections of their own by now, and live on.
  return { address, close: async () => server.stop() }
}

/** Who wants a link, or why it is turned away. The proof comes before all that would tell a stranger something. */
function judge(
  request: IncomingMessage,
  socket: Duplex,
  challenger: Challenger,
  { identity, accept }: ListenOptions,
): Identity | Refusal {
  const peer = judgeHeaders(request.headers)
  if ('status' in peer) return peer
  if (!challenger.admits(request, socket)) return { status: 401, text: 'the proof of the secret is missing or wrong' }
  const problem = judgeRun(peer, identity) ?? accept(peer)?.message
  return problem === undefined ? peer : { status: 409, text: problem }
}

async function dial(options: WebSocketOptions, address: string, own: Identity, expect: Expected): Promise<Link> {
  if (!URL.canParse(address))
    throw new TyphoonError('LINK_LOST', `${address.slice(0, 100)} is not an address of a link`)
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS).unref()
  const failure = (code: 'LINK_LOST' | 'REFUSED', message: string, cause?: unknown): TyphoonError =>
    new TyphoonError(code, message, { where: { worker: expect.worker }, cause })
  try {
    const proven = await prove(termsOf(options), address, '/', identityHeaders(own), patience.signal)
    const peer = readIdentity(proven.answer)
    const fault = judgeAnswer(peer, own, expect)
    if (fault !== undefined) {
      proven.agent.destroy()
      throw failure('REFUSED', `${address} is not ${nameOf(expect)}: ${fault}`)
    }
    const opening = { ...proven, maxMessageBytes: largestMessage(options.maxFrameBytes), signal: patience.signal }
    return await openWebSocket(address, opening, (socket) => new WebSocketLink(socket, peer!, options.maxFrameBytes))
  } catch (error) {
    if (error instanceof TyphoonError) throw error
    if (error instanceof Refused)
      throw failure('REFUSED', `${nameOf(expect)} refused the connection: ${error.message} (HTTP ${error.status})`)
    if (patience.signal.aborted) throw failure('LINK_LOST', `${address} did not answer within ${PATIENCE_MS} ms`)
    throw failure('LINK_LOST', `cannot reach ${nameOf(expect)}: ${messageOf(error)}`, error)
  } finally {
    clearTimeout(timer)
  }
}

function termsOf({ secret, tls }: WebSocketOptions): Terms {
  return { secret, claims: IDENTITY_HEADERS, tls }
}
