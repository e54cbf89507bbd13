/**
 * Links over WebSockets on loopback; the only file that imports `ws`. docs/protocol.md has the handshake.
 *
 * A WebSocket masks what the client sends (a pass over every byte at both ends) and not what the server sends. So the
 * receiving worker dials the sending one: then tuples travel from the listening to the dialing side, unmasked.
 */
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { messageOf, type Problem, TyphoonError } from '../errors/typhoon-error.ts'
import { KIND_CONTROL, MAX_CONTROL_BYTES } from './frames.ts'
import { identityHeaders, judgeAnswer, judgeHeaders, type Refusal, readIdentity } from './handshake.ts'
import type { Expected, Identity, Link, Listener, ListenOptions, Network } from './link.ts'
import { LinkEnd, linkLost, nameOf } from './link-end.ts'

const HOST = '127.0.0.1'
/** For a handshake, and for a peer to answer the end of a link. */
const PATIENCE_MS = 5000
const LONGEST_REFUSAL = 1000

export interface WebSocketOptions {
  /** Made for the run and known to its processes alone: printable ASCII, not empty. */
  secret: string
  /**
   * Largest frame, its head included; both ends must have the same. Control frames have a limit of their own, because what
   * is set for tuples must not keep a plan from arriving.
   */
  maxFrameBytes: number
}

/** Links of one run over WebSockets. @throws INTERNAL for a secret that no header can carry. */
export function webSocketNetwork(options: WebSocketOptions): Network {
  if (!/^[\x21-\x7e]+$/.test(options.secret)) throw new TyphoonError('INTERNAL', 'the secret is not printable ASCII')
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
      if (!isBinary) void this.close(this.#problem('BAD_FRAME', 'a text frame came, frames are binary'))
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
    if (socket.readyState === WebSocket.CLOSED) return Promise.resolve()
    // A paused socket would never read the answer to its close frame.
    socket.resume()
    return new Promise((resolve) => {
      // A peer that does not answer must not keep this process alive, nor the connection.
      const timer = setTimeout(() => socket.terminate(), PATIENCE_MS).unref()
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      if (bye !== undefined && socket.readyState === WebSocket.OPEN) socket.send(bye)
      socket.close(1000)
    })
  }

  protected hold(held: boolean): void {
    if (held) this.#socket.pause()
    else this.#socket.resume()
  }

  /** What this side has found wrong. `ws` has then told the peer by a close code, see `#endOf`. */
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
    return frame[0] === KIND_CONTROL ? 1 + MAX_CONTROL_BYTES : this.#maxFrameBytes
  }

  #tooLarge(limit: number): Problem {
    return this.#problem('FRAME_TOO_LARGE', `a frame is over the limit of ${limit} bytes`)
  }

  #problem(code: 'BAD_FRAME' | 'FRAME_TOO_LARGE', what: string): Problem {
    return { code, message: `on the link to ${nameOf(this.peer)}: ${what}`, where: { worker: this.peer.worker } }
  }
}

function socketOptions(options: WebSocketOptions): { perMessageDeflate: false; maxPayload: number } {
  return { perMessageDeflate: false, maxPayload: largestMessage(options.maxFrameBytes) }
}

/** What the WebSocket lets through, before the kind of a frame is known. */
function largestMessage(maxFrameBytes: number): number {
  return Math.max(maxFrameBytes, 1 + MAX_CONTROL_BYTES)
}

async function listen(options: WebSocketOptions, listening: ListenOptions): Promise<Listener> {
  const own = listening.identity
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, ...socketOptions(options) })
  sockets.on('headers', (headers) => {
    for (const [name, value] of Object.entries(identityHeaders(own))) headers.push(`${name}: ${value}`)
  })
  // Whoever connects and then says nothing is dropped.
  const limits = { headersTimeout: PATIENCE_MS, requestTimeout: PATIENCE_MS, connectionsCheckingInterval: 1000 }
  const server = createServer(limits, (_request, response) => {
    response
      .writeHead(426, { 'content-type': 'text/plain' })
      .end('this port speaks WebSocket between Typhoon processes\n')
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const verdict = judgeHeaders(request.headers, own, options.secret)
    if ('status' in verdict) return refuse(socket, verdict)
    const problem = listening.accept(verdict)
    if (problem !== undefined) return refuse(socket, { status: 409, text: problem.message })
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      listening.onLink(new WebSocketLink(webSocket, verdict, options.maxFrameBytes))
    })
  })
  const port = await bind(server, listening.port ?? 0)
  return { address: `ws://${HOST}:${port}`, close: () => unbind(server) }
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program listens there' : messageOf(error)
      reject(new TyphoonError('PORT_TAKEN', `cannot listen on port ${port}: ${why}`, { cause: error }))
    })
    server.listen(port, HOST, () => resolve((server.address() as AddressInfo).port))
  })
}

/**
 * The port is free as soon as the server is told to close; its own callback would wait for every link to end. Who is
 * still shaking hands is dropped; links are connections of their own by now and live on.
 */
async function unbind(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
}

function refuse(socket: Duplex, refusal: Refusal): void {
  const text = refusal.text.replace(/\s+/g, ' ').slice(0, LONGEST_REFUSAL)
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    'connection: close',
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
  ]
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}

function dial(options: WebSocketOptions, address: string, own: Identity, expect: Expected): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = open(options, address, own)
    const timer = setTimeout(() => give(`${address} did not answer within ${PATIENCE_MS} ms`), PATIENCE_MS)
    let answer: IncomingMessage | undefined
    const give = (message: string, code: 'LINK_LOST' | 'REFUSED' = 'LINK_LOST', cause?: unknown): void => {
      clearTimeout(timer)
      reject(new TyphoonError(code, message, { where: { worker: expect.worker }, cause }))
      socket.terminate()
    }
    const onError = (error: Error): void =>
      give(`cannot reach ${nameOf(expect)}: ${messageOf(error)}`, 'LINK_LOST', error)
    socket.on('error', onError)
    socket.on('unexpected-response', (_request, response) => {
      readText(response, (text) => {
        give(`${nameOf(expect)} refused the connection: ${text} (HTTP ${response.statusCode})`, 'REFUSED')
      })
    })
    socket.on('upgrade', (response) => {
      answer = response
    })
    socket.on('open', () => {
      clearTimeout(timer)
      socket.off('error', onError)
      const peer = readIdentity(answer?.headers ?? {})
      const fault = judgeAnswer(peer, own, expect)
      const link = new WebSocketLink(socket, peer ?? { ...own, ...expect, incarnation: 0 }, options.maxFrameBytes)
      if (fault === undefined) return resolve(link)
      const message = `${address} is not ${nameOf(expect)}: ${fault}`
      void link.close({ code: 'REFUSED', message, where: {} })
      reject(new TyphoonError('REFUSED', message, { where: { worker: expect.worker } }))
    })
  })
}

/** @throws LINK_LOST where the address is none. */
function open(options: WebSocketOptions, address: string, own: Identity): WebSocket {
  const headers = { authorization: `Bearer ${options.secret}`, ...identityHeaders(own) }
  try {
    return new WebSocket(address, { headers, ...socketOptions(options) })
  } catch (error) {
    throw new TyphoonError('LINK_LOST', `${address} is no address of a link: ${messageOf(error)}`, { cause: error })
  }
}

/** The start of a response's text, on one line. */
function readText(response: IncomingMessage, done: (text: string) => void): void {
  let text = ''
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    if (text.length < LONGEST_REFUSAL) text += chunk
  })
  response.once('close', () => done(text.slice(0, LONGEST_REFUSAL).replace(/\s+/g, ' ').trim()))
}
