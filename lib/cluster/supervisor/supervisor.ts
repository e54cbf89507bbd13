/**
 * A supervisor: joins a cluster, offers its slots to the nimbus that leads, and starts workers in them as that one
 * says. It decides nothing itself, but for one thing: where no nimbus has answered it for its lease it ends its
 * workers, for by then they are about to be started elsewhere.
 */
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { Agent } from 'node:https'
import { availableParallelism, totalmem } from 'node:os'
import { type Problem, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { Refused } from '../../net/challenge.ts'
import { openWebSocket, type WebSocket } from '../../net/websocket.ts'
import type { Clock } from '../../util/time/clock.ts'
import { beatMs, doubtMs } from '../lease-times.ts'
import {
  type FromSupervisor,
  HOST_HEADER,
  MOST_MESSAGE_BYTES,
  PATHS,
  PROCESS_HEADER,
  readToSupervisor,
  type ToSupervisor,
} from '../messages.ts'
import { versionHeaders } from '../versions.ts'
import { ClientDoors } from './client-doors.ts'
import { Dialing } from './dialing.ts'
import { HostWorkers } from './host-workers.ts'
import type { Membership } from './membership.ts'
import { fetchBlob, giveBlob, nimbusTls, unreachable } from './nimbus-client.ts'

/** What it is given. */
export interface SupervisorOptions {
  /** Its folder. */
  readonly directory: string
  readonly membership: Membership
  /** The address on which its workers listen, and by which those of other hosts reach them. */
  readonly host: string
  readonly slots: number
  readonly rack?: string | undefined
  /** Which process it is: an earlier one that was the same has ended, with its workers. One of its own unless given. */
  readonly instance?: string | undefined
  /** Percent of a core, and MB, for workers: Storm's `supervisor.cpu.capacity`, `supervisor.memory.capacity.mb`. */
  readonly cpuCapacity?: number | undefined
  readonly memoryCapacityMb?: number | undefined
  /** Of Typhoon. */
  readonly version: string
  readonly clock: Clock
  /** The folder of the package of Typhoon. */
  readonly own: string
  /** The file of the module that a worker's process runs. */
  readonly workerModule: string
  log(level: 'info' | 'warn', message: string): void
  onProblem(problem: Problem): void
}

const PATIENCE_MS = 10_000
const LOOK_MS = 250
const REDIAL_MS = 500
/** So often it is looked whether its certificate is to be made anew. */
const REFRESH_MS = 60 * 60 * 1000
/** Until a nimbus says another one. */
const FIRST_LEASE_MS = 10_000
const MIB = 1024 * 1024

export class SupervisorDaemon {
  readonly #options: SupervisorOptions
  readonly #workers: HostWorkers
  readonly #doors: ClientDoors
  readonly #events = new EventEmitter()
  #socket: WebSocket | undefined
  /** The nimbus at the other end. */
  #nimbus = ''
  #leaseMs = FIRST_LEASE_MS
  /** When the beat that was answered last was sent. */
  #answeredAt = 0
  #beat = 0
  #cancelBeat: () => void = () => {}
  /** When it has said hello on its link. */
  #helloAt = 0
  readonly #sentAt = new Map<number, number>()
  /** Its workers are to move. */
  #isDraining = false
  /** Aborted when it is to end: nothing is waited for any more. */
  readonly #end = new AbortController()
  readonly #process: string
  readonly #dialing: Dialing<WebSocket>

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#process = options.instance ?? randomUUID()
    const { directory, own, workerModule, host } = options
    this.#workers = new HostWorkers({
      ...{ directory, own, workerModule, host },
      fetch: (digest) => fetchBlob(this.#nimbus, options.membership.credentials, digest),
      give: (digest, content) => giveBlob(this.#nimbus, options.membership.credentials, digest, content),
      say: (message) => this.#say(message),
    })
    this.#doors = new ClientDoors({
      tls: () => options.membership.credentials,
      clock: options.clock,
      log: options.log,
    })
    this.#dialing = new Dialing({
      clock: options.clock,
      open: (nimbus, signal, onOpen) => this.#dial(nimbus, signal, onOpen),
      onProblem: options.onProblem,
    })
  }

  /** Serves until it is stopped. */
  async run(): Promise<void> {
    const { clock } = this.#options
    const cancelLooks = this.#every(LOOK_MS, () => this.#look())
    this.#beatAgain()
    const cancelRefreshes = this.#every(REFRESH_MS, () => void this.#refresh())
    try {
      while (!this.#isStopping) {
        await this.#serve()
        if (!this.#isStopping) await new Promise<void>((resolve) => clock.after(REDIAL_MS, resolve))
      }
    } finally {
      cancelLooks()
      this.#cancelBeat()
      cancelRefreshes()
      this.#doors.close()
      this.#workers.killAll()
    }
  }

  /** Asks the nimbus to move its workers elsewhere, and ends when they are gone, or after so long. */
  async stop(graceMs: number): Promise<void> {
    if (this.#workers.running.length > 0) {
      this.#isDraining = true
      // Where there is no link now, the next hello says it.
      this.#say({ type: 'draining' })
      const cancel = this.#options.clock.after(graceMs, () => this.#events.emit('drained'))
      await once(this.#events, 'drained')
      cancel()
    }
    this.stopNow()
  }

  stopNow(): void {
    this.#end.abort()
    this.#workers.killAll()
    this.#socket?.close()
    this.#events.emit('drained')
  }

  /** Until the link to the nimbus that leads breaks. */
  async #serve(): Promise<void> {
    const { membership, log } = this.#options
    const socket = await this.#dialing.link(membership.nimbuses, this.#end.signal)
    if (socket === undefined) return
    log('info', `linked to the nimbus at ${this.#nimbus}`)
    // Not before: a nimbus that does not answer must not keep it from the one that leads.
    void this.#refresh()
    // It may break with an error, too; and it may have broken by now.
    if (socket.readyState !== socket.CLOSED) await new Promise((resolve) => socket.once('close', resolve))
    this.#socket = undefined
    this.#workers.linkBroken()
    if (!this.#isStopping) log('warn', `the link to the nimbus at ${this.#nimbus} has broken`)
  }

  async #dial(nimbus: string, signal: AbortSignal, onOpen: () => void): Promise<WebSocket> {
    const { membership, host, slots, rack, cpuCapacity, memoryCapacityMb, version } = this.#options
    membership.check()
    const agent = new Agent(nimbusTls(membership.credentials))
    const opening = {
      maxMessageBytes: MOST_MESSAGE_BYTES,
      headers: { [PROCESS_HEADER]: this.#process, [HOST_HEADER]: host, ...versionHeaders(version) },
      agent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    }
    try {
      return await openWebSocket(new URL(PATHS.supervisor, nimbus), opening, (socket) => {
        socket.on('error', () => {})
        socket.on('message', (data: Buffer) => this.#receive(socket, data))
        onOpen()
        this.#nimbus = nimbus
        this.#socket = socket
        this.#helloAt = this.#options.clock.now()
        this.#say({
          type: 'hello',
          ...{ version, host, slots },
          ...(rack === undefined ? {} : { rack }),
          ...(cpuCapacity === undefined ? {} : { cpuCapacity }),
          ...(memoryCapacityMb === undefined ? {} : { memoryCapacityMb }),
          platform: `${process.platform}-${process.arch}`,
          cores: availableParallelism(),
          memoryMb: Math.floor(totalmem() / MIB),
          ...(this.#isDraining ? { draining: true } : {}),
          running: this.#workers.running,
          brings: true,
        })
        this.#sendBeat()
        return socket
      })
    } catch (error) {
      if (error instanceof Refused)
        throw new TyphoonError('JOIN_REFUSED', `${nimbus} refuses: ${error.message}`, { hint: 'it is tried again' })
      throw unreachable(nimbus, error as NodeJS.ErrnoException)
    }
  }

  #receive(socket: WebSocket, data: Buffer): void {
    // What a nimbus says that does not lead any more counts no more.
    if (socket !== this.#socket) return
    try {
      this.#obey(readToSupervisor(data))
    } catch (error) {
      this.#options.onProblem(toProblem(error))
      socket.terminate()
    }
  }

  #obey(message: ToSupervisor): void {
    switch (message.type) {
      case 'welcome':
        this.#leaseMs = message.leaseMs
        this.#beatAgain()
        this.#compare(message.version)
        // It was heard then.
        this.#answeredAt = Math.max(this.#answeredAt, this.#helloAt)
        this.#doing(this.#workers.keepOnly(new Set(message.topologies)))
        break
      case 'heard': {
        this.#answeredAt = this.#sentAt.get(message.beat) ?? this.#answeredAt
        for (const beat of this.#sentAt.keys()) if (beat <= message.beat) this.#sentAt.delete(beat)
        break
      }
      case 'launch':
        this.#workers.launch(message)
        break
      case 'kill':
        this.#workers.kill(message.launch)
        break
      case 'adopt':
        this.#workers.adopt(message)
        break
      case 'taken':
        this.#workers.taken(message.launch, message.lines)
        break
      case 'doors':
        this.#doors.set(message.doors)
        break
      case 'forget':
        this.#doing(this.#workers.forget(message.topology))
        break
      case 'bring':
        this.#doing(this.#workers.bring(message.digests))
        break
      case 'drained':
        this.#events.emit('drained')
        break
      default:
    }
  }

  /** Of this host and its nimbus one may have been updated, and the other one not yet. */
  #compare(theirs = 'of an unknown version'): void {
    const { version, log } = this.#options
    if (theirs !== version) log('info', `the nimbus runs Typhoon ${theirs}, and this host ${version}`)
  }

  /** So often as the lease wants it. */
  #beatAgain(): void {
    this.#cancelBeat()
    this.#cancelBeat = this.#every(beatMs(this.#leaseMs), () => this.#sendBeat())
  }

  /** What hinders it is told. */
  #doing(work: Promise<void>): void {
    work.catch((error: unknown) => this.#options.onProblem(toProblem(error)))
  }

  #sendBeat(): void {
    if (this.#socket === undefined) return
    this.#sentAt.set(++this.#beat, this.#options.clock.now())
    this.#say({ type: 'beat', beat: this.#beat })
  }

  get #isStopping(): boolean {
    return this.#end.signal.aborted
  }

  get #hasOthers(): boolean {
    return this.#options.membership.nimbuses.length > 1
  }

  /** Its lease: where it is over, its workers end. */
  #look(): void {
    const now = this.#options.clock.now()
    const silentMs = now - this.#answeredAt
    if (this.#hasOthers && now - Math.max(this.#answeredAt, this.#helloAt) > doubtMs(this.#leaseMs))
      this.#socket?.terminate()
    const { length } = this.#workers.running
    // Nobody is there to say so.
    if (length === 0 && this.#isDraining && this.#socket === undefined) this.#events.emit('drained')
    if (length === 0 || silentMs <= this.#leaseMs) return
    this.#options.log('warn', `no nimbus has answered for ${this.#leaseMs / 1000} s: ${length} workers are ended`)
    this.#workers.killAll()
    // None is left that could move.
    if (this.#isDraining) this.#events.emit('drained')
    // A link that is there and carries nothing.
    this.#socket?.terminate()
  }

  /** A link may stand for longer than a certificate counts. */
  async #refresh(): Promise<void> {
    if (this.#socket === undefined) return
    await this.#options.membership.refresh(this.#nimbus).catch((error: unknown) => {
      this.#options.onProblem(toProblem(error))
    })
  }

  /** @returns whether there is a link */
  #say(message: FromSupervisor): boolean {
    const socket = this.#socket
    if (socket === undefined || socket.readyState !== socket.OPEN) return false
    socket.send(JSON.stringify(message))
    return true
  }

  /** Calls again and again. @returns what ends it */
  #every(ms: number, call: () => void): () => void {
    let cancel = (): void => {}
    const next = (): void => {
      cancel = this.#options.clock.after(ms, () => {
        next()
        call()
      })
    }
    next()
    return () => cancel()
  }
}
