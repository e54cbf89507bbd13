/**
 * The server of a run as its workers see it: over one connection per worker, which is made anew when it breaks.
 *
 * The promise: a report is sent at most three times, over two new connections, until the server has confirmed it
 * (Storm's rule for failRequest). What was not taken when the connection broke is forgotten here, for the server gives
 * it again.
 */
import { backOff } from '../../util/time/back-off.ts'
import type { DrpcRequest, Invocations, RequestFeed } from '../protocol/invocations.ts'
import type { DrpcWorkerMessage, RequestReport, ServerMessage } from '../protocol/messages.ts'

/** A connection to the server. */
export interface InvocationsLink {
  send(message: DrpcWorkerMessage): void
  /** Settles when the server has confirmed it. @throws DRPC_UNREACHABLE (rejects) where the connection breaks before */
  call(report: RequestReport): Promise<void>
  close(): void
}

/** Makes a connection. @throws DRPC_UNREACHABLE, DRPC_UNAUTHORIZED (rejects) */
export type Connect = (
  onRequest: (message: ServerMessage & { type: 'request' }) => void,
  onClose: () => void,
) => Promise<InvocationsLink>

const ATTEMPTS = 3
/** Requests that may wait in one task: enough to keep it busy while more are under way. */
const ROOM = 64
const FIRST_REDIAL_MS = 20
const LONGEST_REDIAL_MS = 1000

/** The server of a run, seen from one of its workers. */
export class InvocationsClient implements Invocations {
  /** Its last user has released it. */
  isClosed = false
  readonly #connect: Connect
  readonly #feeds = new Map<number, ClientFeed>()
  #link: Promise<InvocationsLink> | undefined
  #lastFeed = 0
  #users = 0
  #redials = 0
  #redialTimer: NodeJS.Timeout | undefined

  constructor(connect: Connect) {
    this.#connect = connect
  }

  /** One more user, who releases it. */
  use(): this {
    this.#users++
    return this
  }

  feed(functionName: string, holder: string, onRequest: () => void): RequestFeed {
    const number = ++this.#lastFeed
    const feed = new ClientFeed(number, functionName, holder, {
      send: (message) => void this.#whileConnected((link) => link.send(message)),
      forget: () => this.#feeds.delete(number),
      onRequest,
    })
    this.#feeds.set(number, feed)
    if (this.#link === undefined) this.#dialForFeeds()
    else this.#whileConnected((link) => feed.announce(link))
    return feed
  }

  result(id: string, result: string): Promise<void> {
    return this.#tell({ type: 'result', id, result })
  }

  fail(id: string, reason: string): Promise<void> {
    return this.#tell({ type: 'fail', id, reason })
  }

  giveBack({ id, attempt }: DrpcRequest, loss: string): Promise<void> {
    return this.#tell({ type: 'give back', id, attempt, loss })
  }

  /** The server may be another one by now, though the connection to this one stands. */
  moved(): void {
    this.#redials = 0
    if (this.#link !== undefined) this.#drop(this.#link)
  }

  release(): void {
    if (--this.#users > 0 || this.isClosed) return
    this.isClosed = true
    clearTimeout(this.#redialTimer)
    this.#whileConnected((link) => link.close())
  }

  async #tell(report: RequestReport): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const connected = this.#connected()
      try {
        const link = await connected
        return await link.call(report)
      } catch (error) {
        this.#drop(connected)
        if (attempt === ATTEMPTS) throw error
      }
    }
  }

  #connected(): Promise<InvocationsLink> {
    if (this.#link !== undefined) return this.#link
    const made: Promise<InvocationsLink> = this.#connect(
      ({ feed, id, function: name, args, attempt }) =>
        this.#feeds.get(feed)?.arrived({ id, function: name, args, attempt }),
      () => this.#drop(made),
    )
    this.#link = made
    made.then(
      (link) => {
        this.#redials = 0
        if (this.isClosed) link.close()
        else for (const feed of this.#feeds.values()) feed.announce(link)
      },
      () => this.#drop(made),
    )
    return made
  }

  /** A connection serves no more, unless another one has taken its place already. */
  #drop(made: Promise<InvocationsLink>): void {
    if (this.#link !== made) return
    this.#link = undefined
    made.then((link) => link.close()).catch(() => {})
    for (const feed of this.#feeds.values()) feed.lost()
    this.#dialForFeeds()
  }

  /** Keeps dialing as long as someone wants requests. */
  #dialForFeeds(): void {
    if (this.isClosed || this.#feeds.size === 0 || this.#redialTimer !== undefined) return
    const delay = backOff(this.#redials++, FIRST_REDIAL_MS, LONGEST_REDIAL_MS)
    this.#redialTimer = setTimeout(() => {
      this.#redialTimer = undefined
      if (!this.isClosed && this.#link === undefined) this.#connected().catch(() => {})
    }, delay)
  }

  /** What is said to no one where there is no connection: the next one begins anew. */
  #whileConnected(say: (link: InvocationsLink) => void): void {
    this.#link?.then(say).catch(() => {})
  }
}

interface FeedPorts {
  send(message: DrpcWorkerMessage): void
  forget(): void
  onRequest(): void
}

/** One feed over the connection: a few requests wait here, so that `take` has one at once. */
class ClientFeed implements RequestFeed {
  readonly #number: number
  readonly #function: string
  readonly #holder: string
  readonly #ports: FeedPorts
  #waiting: DrpcRequest[] = []
  #taken = 0
  #isOpen = true
  #announcedOn: InvocationsLink | undefined

  constructor(number: number, functionName: string, holder: string, ports: FeedPorts) {
    this.#number = number
    this.#function = functionName
    this.#holder = holder
    this.#ports = ports
  }

  /** Hot. */
  take(): DrpcRequest | undefined {
    if (this.#waiting.length === 0) return undefined
    if (++this.#taken >= ROOM / 2) {
      this.#ports.send({ type: 'room', feed: this.#number, room: this.#taken })
      this.#taken = 0
    }
    return this.#waiting.shift()
  }

  pause(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#taken = 0
    this.#ports.send({ type: 'pause', feed: this.#number })
    for (const request of this.#waiting.splice(0)) this.#sendBack(request)
  }

  resume(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#ports.send({ type: 'room', feed: this.#number, room: ROOM })
  }

  close(): void {
    this.pause()
    this.#ports.forget()
  }

  /** Once for each connection. */
  announce(link: InvocationsLink): void {
    if (this.#announcedOn === link) return
    this.#announcedOn = link
    this.#waiting = []
    this.#taken = 0
    const room = this.#isOpen ? ROOM : 0
    link.send({ type: 'feed', feed: this.#number, function: this.#function, holder: this.#holder, room })
  }

  arrived(request: DrpcRequest): void {
    if (!this.#isOpen) {
      this.#sendBack(request)
      return
    }
    this.#waiting.push(request)
    this.#ports.onRequest()
  }

  /** The server gives what waited here to someone else. */
  lost(): void {
    this.#waiting = []
  }

  #sendBack({ id, attempt }: DrpcRequest): void {
    this.#ports.send({ type: 'untouched', id, attempt })
  }
}
