/**
 * A server as all of Typhoon's are: of the links between processes, of DRPC, and of what else is asked over HTTP. It
 * listens on loopback by default, and speaks TLS where it is given a certificate. Strangers have little time and few
 * places (`door.ts`), and what it cannot accept for a while ends nothing. Whoever opens it says who may ask, and what.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import { createServer as createSecureServer, Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ErrorCode } from '../errors/catalogue.ts'
import { isOutOfDescriptors } from '../errors/out-of-descriptors.ts'
import { messageOf, ofOneKind, type Problem, TyphoonError } from '../errors/typhoon-error.ts'
import { outOfDescriptors, shareOfDescriptors } from '../identity/descriptors.ts'
import { Throttle } from '../util/time/throttle.ts'
import { Door } from './door.ts'
import { LOOPBACK, reachable } from './loopback.ts'
import { serverTls, type Tls } from './tls.ts'

/** Where to listen, and by which name others come. */
export interface ListenAddress {
  /** Loopback unless given, so that no other machine is let in by mistake. */
  readonly host?: string | undefined
  /** Any that is free unless given, or where it is 0. */
  readonly port?: number | undefined
  /** The name or address by which others reach this host; unless given, as this machine itself reaches it. */
  readonly advertised?: string | undefined
  /** None unless given: what is said can be read on the way. */
  readonly tls?: Tls | undefined
}

/** Who listens, and what is let in. */
export interface ServerOptions extends ListenAddress {
  /** What listens, for errors: `the DRPC server`. */
  readonly who: string
  /** What to do where the port is taken. */
  readonly hint?: string
  /** So long it is waited for a port that another program has; unless given, it is refused at once. */
  readonly waitsMs?: number
  /** The code of the trouble of accepting a connection, where not the descriptors are to blame. */
  readonly troubleCode: ErrorCode
  /** With TLS of an authority: who shows no certificate is let in, and whoever answers looks at it. */
  readonly admitsUnknown?: boolean
  /** Most that the headers of a request may have, its path included. */
  readonly maxHeaderBytes: number
  /** Most connections, those that are known included; no limit but that of strangers unless given. */
  readonly maxConnections?: number
  /** Connections cannot be accepted for now; of each kind once in ten seconds, with how often. */
  onTrouble(problem: Problem): void
}

/** Who answers. */
export interface Answers {
  request(request: IncomingMessage, response: ServerResponse): void
  /** Somebody wants a WebSocket: see `WebSockets` and `refuseUpgrade`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** The time in which a stranger must show who it is: a busy process may be slow. */
const PATIENCE_MS = 10_000
const MOST_STRANGERS = 256
const IDLE_MS = 60_000
/** So often it is looked whether a port is free by now. */
const LOOK_MS = 50
/** Trouble of each kind is reported so often. */
const TROUBLE = { most: 1, intervalMs: 10_000, mostKinds: 2 }

/** A server that listens. */
export class NetServer {
  /** `http://127.0.0.1:3774` or `https://…`, with the host that it listens on. */
  readonly url: string
  /** What to dial: `url` with the host by which others reach it. */
  readonly address: string
  /** Whoever has shown who it is, is to be admitted there. */
  readonly door: Door
  readonly #http: Server
  #tls: Tls | undefined

  /** @param http listens already */
  constructor(http: Server, door: Door, { host = LOOPBACK, advertised, tls }: ListenAddress) {
    this.#tls = tls
    const scheme = tls === undefined ? 'http' : 'https'
    const { port } = http.address() as AddressInfo
    this.url = urlOf(scheme, host, port)
    this.address = urlOf(scheme, advertised ?? reachable(host), port)
    this.door = door
    this.#http = http
  }

  /** From now on what is asked is answered; call it at once. */
  serve({ request, upgrade }: Answers): void {
    this.#http.on('request', request)
    this.#http.on('upgrade', (asked, socket, head) => {
      socket.on('error', () => socket.destroy())
      upgrade(asked, socket, head)
    })
  }

  /** From now on it shows another certificate; whom it believes stays, and so does the rest. */
  renew({ cert, key }: Tls): void {
    if (!(this.#http instanceof SecureServer)) return
    this.#tls = { ...this.#tls, cert, key }
    // What is not said again is taken for not given.
    this.#http.setSecureContext(serverTls(this.#tls))
  }

  /** Frees the port, and drops whoever is a stranger still, and who waits for an answer. WebSockets live on. */
  stop(): void {
    this.#http.close()
    this.#http.closeAllConnections()
    this.door.clear()
  }

  /** Frees the port; the last answers have so long to leave. Settles when each connection is gone, WebSockets too. */
  close(lingerMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.stop(), lingerMs)
      this.#http.close(() => {
        clearTimeout(timer)
        resolve()
      })
      this.#http.closeIdleConnections()
    })
  }
}

/** Listens. @throws PORT_TAKEN (rejects) */
export async function openServer(options: ServerOptions): Promise<NetServer> {
  const { tls, admitsUnknown, maxHeaderBytes, maxConnections } = options
  const limits = {
    headersTimeout: PATIENCE_MS,
    requestTimeout: 3 * PATIENCE_MS,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: maxHeaderBytes,
    noDelay: true,
  }
  const http: Server =
    tls === undefined
      ? createServer(limits)
      : createSecureServer({ ...limits, ...serverTls(tls, admitsUnknown), handshakeTimeout: PATIENCE_MS })
  if (maxConnections !== undefined) http.maxConnections = maxConnections
  http.keepAliveTimeout = IDLE_MS
  const door = new Door(http, { strangers: shareOfDescriptors(10, MOST_STRANGERS), patienceMs: PATIENCE_MS })
  await listen(http, options)
  return new NetServer(http, door, options)
}

/** Answers a request for a WebSocket with a status of HTTP and a text, and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: number, text: string, type = 'text/plain'): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    `content-type: ${type}; charset=utf-8`,
    `content-length: ${Buffer.byteLength(text)}`,
  ]
  socket.once('finish', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}

/** Once it listens, an error of the server ends nothing, for example when descriptors have run out. */
function listen(http: Server, { host = LOOPBACK, port = 0, waitsMs = 0, ...options }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOpen = false
    const until = performance.now() + waitsMs
    const throttle = new Throttle<Problem>(TROUBLE)
    http.on('error', (cause: NodeJS.ErrnoException) => {
      if (!isOpen) {
        if (cause.code !== 'EADDRINUSE' || performance.now() > until)
          return reject(portTaken(`${options.who} cannot listen on ${host}, port ${port}`, cause, options.hint))
        setTimeout(() => http.listen(port, host), LOOK_MS)
        return
      }
      const problem = troubleOf(cause, options)
      const told = throttle.add(problem.code, problem, performance.now())
      if (told !== undefined) options.onTrouble(ofOneKind(told.latest, told.times))
    })
    http.once('listening', () => {
      isOpen = true
      resolve()
    })
    http.listen(port, host)
  })
}

function portTaken(what: string, cause: NodeJS.ErrnoException, hint: string | undefined): TyphoonError {
  const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : messageOf(cause)
  return new TyphoonError('PORT_TAKEN', `${what}: ${why}`, { cause, ...(hint === undefined ? {} : { hint }) })
}

function troubleOf(error: Error, { who, troubleCode }: Pick<ServerOptions, 'who' | 'troubleCode'>): Problem {
  const what = `${who} could not accept a connection`
  if (isOutOfDescriptors(error)) return outOfDescriptors(what)
  return { code: troubleCode, message: `${what}: ${messageOf(error)}`, where: {} }
}

function urlOf(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
