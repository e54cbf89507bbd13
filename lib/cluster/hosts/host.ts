/**
 * A host as the nimbus knows it: its supervisor, the link to that, and the workers that it has been told to start. It
 * is there until nothing has been heard of it for longer than its lease; then it is lost, with all its workers, and
 * when its supervisor comes again it is another host of the same name.
 */
import type { WorkerEvents, WorkerExit } from '../../daemon/workers/launcher.ts'
import type { WebSocket } from '../../net/websocket.ts'
import type { FromSupervisor, Hello, ToSupervisor } from '../messages.ts'
import type { Room } from './room.ts'

/** What becomes of a worker that was launched elsewhere. */
export interface RemoteEvents extends WorkerEvents {
  /** A line that it has written; where a promise is returned, more comes when that settles. */
  onOutput(line: string, stream: 'stdout' | 'stderr'): Promise<unknown> | void
  /** All that it has written has come. */
  onWritten(): void
}

/** A worker that its supervisor was told to start. */
interface Launched {
  readonly events: RemoteEvents
  /** It is to end: said again where the link was broken meanwhile. */
  isKilled: boolean
  /** Because its host is to be left. */
  isMoved?: boolean
  isOver: boolean
}

export class Host {
  readonly name: string
  readonly #now: () => number
  /** Launches of a nimbus that is gone, which may be taken over. */
  readonly #orphans = new Set<string>()
  /** Until all that they have written has come. */
  readonly #launches = new Map<string, Launched>()
  #hello: Hello
  #socket: WebSocket | undefined
  #heardAt: number
  isDraining = false
  /** Which process its supervisor is: the same one may come again at any time. */
  process = ''
  #isLost = false

  constructor(name: string, hello: Hello, socket: WebSocket, now: () => number) {
    this.name = name
    this.#now = now
    this.#hello = hello
    this.#socket = socket
    this.#heardAt = now()
  }

  /** What it has said of itself. */
  get offer(): Hello {
    return this.#hello
  }

  /** What it has for workers. */
  get room(): Room {
    const { slots, cores, memoryMb, cpuCapacity = 100 * cores, memoryCapacityMb = memoryMb } = this.#hello
    return { slots, cpu: cpuCapacity, memory: memoryCapacityMb }
  }

  /** Whether a link to its supervisor stands, as far as is known. */
  get isLinked(): boolean {
    return this.#socket !== undefined
  }

  /** Milliseconds since something was heard of it. */
  get silentMs(): number {
    return this.#now() - this.#heardAt
  }

  /** Launches of a nimbus that is gone: they go on until they are taken over, or given up. */
  get orphans(): ReadonlySet<string> {
    return this.#orphans
  }

  /** What runs on it and nobody here has launched. @param expects whether it may be taken over; else it ends */
  meet(expects: (launch: string) => boolean): void {
    for (const launch of this.#hello.running) {
      if (this.#launches.has(launch)) continue
      if (expects(launch)) this.#orphans.add(launch)
      else this.kill(launch)
    }
  }

  /** Takes one over, which goes over to another nimbus. */
  adopt(order: Extract<ToSupervisor, { type: 'adopt' }>, events: RemoteEvents): void {
    this.#orphans.delete(order.launch)
    this.#launches.set(order.launch, { events, isKilled: false, isOver: false })
    this.send(order)
  }

  /** Nobody takes it over. */
  giveUp(launch: string): void {
    if (this.#orphans.delete(launch)) this.kill(launch)
  }

  /** Its supervisor has come again, over another link. What has ended meanwhile is over. */
  cameAgain(hello: Hello, socket: WebSocket): void {
    const before = this.#socket
    this.#socket = socket
    this.#hello = hello
    this.heard()
    before?.terminate()
    const running = new Set(hello.running)
    for (const orphan of this.#orphans) if (!running.has(orphan)) this.#orphans.delete(orphan)
    for (const [launch, { isKilled }] of [...this.#launches]) {
      if (!running.has(launch)) this.#vanish(launch, WHILE_AWAY)
      else if (isKilled) this.send({ type: 'kill', launch })
    }
  }

  /** A link has broken. @returns whether it was the one that counts */
  left(socket: WebSocket): boolean {
    if (this.#socket !== socket) return false
    this.#socket = undefined
    return true
  }

  heard(): void {
    this.#heardAt = this.#now()
  }

  /** Goes nowhere while there is no link: what matters is said again when it comes back. */
  send(message: ToSupervisor): void {
    this.#socket?.send(JSON.stringify(message))
  }

  /** @param order was made for this launch */
  launch(order: Extract<ToSupervisor, { type: 'launch' }>, events: RemoteEvents): void {
    this.#launches.set(order.launch, { events, isKilled: false, isOver: false })
    if (this.#isLost) this.#vanish(order.launch, this.#lostExit)
    else this.send(order)
  }

  /** Ends a worker at once; while there is no link, when there is one again or the host is lost. */
  kill(launch: string): void {
    const launched = this.#launches.get(launch)
    if (launched !== undefined) launched.isKilled = true
    this.send({ type: 'kill', launch })
  }

  /** Ends a worker that is to begin elsewhere. */
  move(launch: string): void {
    const launched = this.#launches.get(launch)
    if (launched !== undefined) launched.isMoved = true
    this.kill(launch)
  }

  /** The launches whose workers live, and are not about to end. */
  get living(): string[] {
    return [...this.#launches].filter(([, { isKilled, isOver }]) => !isKilled && !isOver).map(([launch]) => launch)
  }

  /** How many are about to end. */
  get ending(): number {
    return [...this.#launches.values()].filter(({ isKilled, isOver }) => isKilled && !isOver).length
  }

  /** Nothing runs on it, and all that its workers have written has come. */
  get isEmpty(): boolean {
    return this.#launches.size === 0 && this.#orphans.size === 0
  }

  /** Takes in what its supervisor tells of a worker; what is told of one that is not known any more is nothing. */
  tell(message: FromSupervisor): void {
    if (message.type === 'exit') this.#orphans.delete(message.launch)
    const launched = 'launch' in message ? this.#launches.get(message.launch) : undefined
    if (launched === undefined) {
      // Nobody here wants it; but who writes must not wait for a nimbus that has not taken it over.
      if (message.type === 'output') this.#taken(message.launch)
      return
    }
    const { events } = launched
    switch (message.type) {
      case 'exit':
        launched.isOver = true
        events.onExit(launched.isMoved === true ? { ...message.exit, ofHost: true } : message.exit)
        break
      case 'written':
        this.#launches.delete(message.launch)
        events.onWritten()
        break
      case 'blocked':
        events.onBlocked(message.blocked)
        break
      case 'hand':
        events.onHand(message.hand)
        break
      case 'output': {
        const taken = (): void => this.#taken(message.launch)
        void Promise.resolve(events.onOutput(message.line, message.stream)).then(taken, taken)
        break
      }
      default:
    }
  }

  /** A line was taken: there is room for another one. */
  #taken(launch: string): void {
    this.send({ type: 'taken', launch, lines: 1 })
  }

  /** It is lost, with its workers. */
  lose(): void {
    this.#socket?.terminate()
    this.#socket = undefined
    this.#isLost = true
    for (const launch of [...this.#launches.keys()]) this.#vanish(launch, this.#lostExit)
  }

  get #lostExit(): WorkerExit {
    return { how: 'its host is lost', lastWords: [], bySignal: true, ofHost: true }
  }

  /** A worker is no more, and nothing more comes of it. */
  #vanish(launch: string, exit: WorkerExit): void {
    const { events, isOver } = this.#launches.get(launch)!
    this.#launches.delete(launch)
    if (!isOver) events.onExit(exit)
    events.onWritten()
  }
}

const WHILE_AWAY: WorkerExit = {
  how: 'it ended while its supervisor had no link to the nimbus',
  lastWords: [],
  bySignal: true,
}
