/**
 * The hosts of a cluster, and who has their slots. A topology gets its slots before its run begins, and gives them
 * back when it has ended; a worker whose host is lost gets one on another.
 *
 * The rules of a choice: a host that has what the worker needs of processor time and memory; of these the one with the
 * most free slots, so that what is lost with one is as little as can be; of those with as many, the one whose name
 * comes first. A host that is to be left gets no worker, and those that it has move where there is room.
 */
import { type Problem, TyphoonError } from '../../errors/typhoon-error.ts'
import type { WebSocket } from '../../net/websocket.ts'
import type { Slot } from '../../scheduler/assign.ts'
import { type Load, NO_LOAD } from '../../scheduler/loads.ts'
import type { Incarnation, WorkerId } from '../../tuple/ids.ts'
import type { Clock } from '../../util/time/clock.ts'
import { plural } from '../../words/plural.ts'
import { suggest } from '../../words/suggest.ts'
import type { ClientDoor, FromSupervisor, Hello, ToSupervisor } from '../messages.ts'
import { Host } from './host.ts'
import { readLaunch } from './launch-id.ts'
import { best, left, NO_ROOM, needsInWords, placed, type Room } from './room.ts'

/** What it needs. */
export interface HostsPorts {
  readonly clock: Clock
  /** A supervisor that has not been answered for so long ends its workers. */
  readonly leaseMs: number
  /** Of Typhoon. */
  readonly version: string
  /** The ids of all topologies. */
  topologies(): readonly string[]
  /** Whether a launch of a nimbus that is gone may be taken over. */
  expects(launch: string): boolean
  /** A host has come, or has been lost. */
  log(level: 'info' | 'warn', message: string): void
  /** There may be room where there was none. */
  onRoom(): void
  /** A host has brought what it has of the code that it was asked for. */
  onBrought(host: string): void
}

/** Slots that a topology has. */
export interface Reservation {
  /** Of all its workers, from worker 1 up. */
  readonly slots: readonly Slot[]
  /** Gives them back. */
  release(): void
}

/** Workers that have outlived their nimbus. */
export interface Orphans {
  readonly incarnations: ReadonlyMap<WorkerId, Incarnation>
  /** Gives their slots back. */
  release(): void
}

/** What a topology has. */
interface Held {
  /** What each of its workers needs. */
  readonly load: Load
  /** The name of the host of each worker. */
  readonly hosts: Map<WorkerId, string>
}

interface Orphan {
  readonly incarnation: Incarnation
  readonly host: Host
}

/** A host is lost when nothing was heard of it for its lease and this: its supervisor has ended its workers by then. */
const GRACE_MS = 2000
const LOOK_MS = 500
/** A host on which a topology could not begin is tried last for so long. */
const BLAME_MS = 10 * 60_000
/** One that is silent for so long gives way to another one of its name. */
const ABSENT_MS = 3000

export class Hosts {
  readonly #ports: HostsPorts
  readonly #hosts = new Map<string, Host>()
  /** By the id of the topology. */
  readonly #held = new Map<string, Held>()
  /** The names of hosts that somebody wants to be left, whether they are there or not. */
  readonly #toLeave = new Set<string>()
  readonly #waiting = new Set<() => void>()
  /** Hosts on which workers of a topology could not begin, and when that was: others come first for a while. */
  readonly #blamed = new Map<string, Map<string, number>>()
  /** Where the functions of topologies are asked, by the id of the topology. */
  readonly #doors = new Map<string, ClientDoor>()
  #cancel: () => void = () => {}

  constructor(ports: HostsPorts) {
    this.#ports = ports
    this.#look()
  }

  /** In the order of their names. */
  get all(): readonly Host[] {
    return [...this.#hosts.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  get(name: string): Host | undefined {
    return this.#hosts.get(name)
  }

  /**
   * Why a supervisor may not come in; undefined where it may.
   * @param process which one it is: another one of a name waits until the workers of the first cannot live any more
   */
  objection(name: string, process = ''): Problem | undefined {
    const known = this.#hosts.get(name)
    if (known === undefined || (process !== '' && known.process === process)) return undefined
    const isThere = known.isLinked && known.silentMs <= ABSENT_MS
    if (!isThere && known.isEmpty) return undefined
    const message = isThere
      ? `a supervisor of the name "${name}" is there already`
      : `workers of another supervisor of the name "${name}" may live, until its lease is over`
    return { code: 'JOIN_REFUSED', message, where: {}, hint: 'wait, or give this one another name with --name' }
  }

  /** A supervisor has come, for the first time or again. */
  came(name: string, hello: Hello, socket: WebSocket, process = ''): Host {
    const known = this.#hosts.get(name)
    const host = known ?? new Host(name, hello, socket, () => this.#ports.clock.now())
    host.process = process
    host.isDraining = this.#toLeave.has(name) || hello.draining === true
    if (known === undefined) {
      this.#hosts.set(name, host)
      const says = `${hello.host}, ${plural(hello.slots, 'slot')}, Typhoon ${hello.version}`
      this.#ports.log('info', `host ${name} has come (${says})`)
    }
    const { leaseMs, version } = this.#ports
    socket.send(JSON.stringify({ type: 'welcome', leaseMs, topologies: this.#ports.topologies(), version }))
    known?.cameAgain(hello, socket)
    host.meet((launch) => this.#ports.expects(launch))
    host.send(this.#doorsMessage)
    this.#room()
    this.#seeDrained(host)
    return host
  }

  /** Takes in what a supervisor says. */
  heard(host: Host, message: FromSupervisor): void {
    host.heard()
    if (message.type === 'beat') host.send({ type: 'heard', beat: message.beat })
    else if (message.type === 'draining') this.drain(host)
    else if (message.type === 'brought') this.#ports.onBrought(host.name)
    else host.tell(message)
    if (message.type === 'exit' || message.type === 'written') this.#seeDrained(host)
  }

  /** It gets no more workers, and those that it has move to others, as far as these have room. */
  drain(host: Host): void {
    host.isDraining = true
    this.#move(host)
    this.#seeDrained(host)
  }

  /** A worker of a topology could not begin where it was: for a while, others are tried first. */
  blame(topology: string, worker: WorkerId): void {
    const host = this.#held.get(topology)?.hosts.get(worker)
    if (host === undefined) return
    const blamed = this.#blamed.get(topology) ?? new Map<string, number>()
    this.#blamed.set(topology, blamed.set(host, this.#ports.clock.now()))
  }

  /** Whether there is such a host, or one that is to be left. @throws HOST_UNKNOWN */
  check(name: string): void {
    if (this.#hosts.has(name) || this.#toLeave.has(name)) return
    throw new TyphoonError('HOST_UNKNOWN', `there is no host "${name}"`, {
      hint: suggest(name, [...this.#hosts.keys()]),
    })
  }

  /** Somebody wants a host to be left, whether it is there or not, until it is taken back. */
  leave(name: string, isToBeLeft: boolean): void {
    const host = this.get(name)
    if (isToBeLeft) this.#toLeave.add(name)
    else this.#toLeave.delete(name)
    if (host === undefined) return
    host.isDraining = isToBeLeft
    if (isToBeLeft) this.drain(host)
    else this.#room()
  }

  /** What is free of a host for workers that are to be started. */
  freeOf(host: Host): Room {
    if (host.isDraining || !host.isLinked) return NO_ROOM
    return left(host.room, this.takenOf(host))
  }

  /** The loads of the workers that have a place on a host. */
  takenOf({ name }: Host): readonly Load[] {
    return [...this.#held].flatMap(([, { load, hosts }]) =>
      [...hosts.values()].filter((host) => host === name).map(() => load),
    )
  }

  /**
   * Slots for all workers of a topology, which are its own until they are given back.
   * @throws NO_SLOTS where there are not enough
   */
  reserve(topology: string, workers: number, load: Load = NO_LOAD): Reservation {
    const held: Held = { load, hosts: new Map() }
    this.#held.set(topology, held)
    const slots: Slot[] = []
    for (let worker = 1; worker <= workers; worker++) {
      const host = this.#choose(topology, load)
      if (host === undefined) {
        this.#held.delete(topology)
        throw this.#noSlots(workers, load)
      }
      held.hosts.set(worker, host.name)
      slots.push(slotOn(host))
    }
    return { slots, release: () => this.#release(topology, held) }
  }

  /**
   * The workers of a run whose nimbus is gone, if all of them live: each with its incarnation, in the slots that they
   * have. Undefined where one is missing.
   */
  orphansOf(topology: string, run: string, workers: number, load: Load = NO_LOAD): Orphans | undefined {
    const found = new Map<WorkerId, Orphan>()
    for (const host of this.all)
      for (const launch of host.orphans) {
        const orphan = readLaunch(launch)
        if (orphan?.run !== run) continue
        const before = found.get(orphan.worker)
        if (before === undefined || before.incarnation < orphan.incarnation)
          found.set(orphan.worker, { ...orphan, host })
      }
    if (found.size < workers) return undefined
    const held: Held = { load, hosts: new Map([...found].map(([worker, { host }]) => [worker, host.name])) }
    this.#held.set(topology, held)
    const incarnations = new Map([...found].map(([worker, { incarnation }]) => [worker, incarnation]))
    return { incarnations, release: () => this.#release(topology, held) }
  }

  /** What is left of a run whose nimbus is gone ends. */
  giveUp(run: string): void {
    for (const host of this.all)
      for (const launch of [...host.orphans]) if (readLaunch(launch)?.run === run) host.giveUp(launch)
  }

  /**
   * The host of a worker that is about to be started: the one that it has, or another one where that is lost or is to
   * be left; undefined where there is no room now.
   */
  hostOf(topology: string, worker: WorkerId): Host | undefined {
    const held = this.#held.get(topology)
    if (held === undefined) return undefined
    const own = this.#hosts.get(held.hosts.get(worker) ?? '')
    if (own?.isLinked && !own.isDraining && !this.#isBlamed(topology, own)) return own
    const other = this.#choose(topology, held.load)
    if (other === undefined) return own !== undefined && !own.isDraining ? own : undefined
    held.hosts.set(worker, other.name)
    return other
  }

  /** Calls back once, when there may be room. @returns what calls it off */
  whenRoom(call: () => void): () => void {
    this.#waiting.add(call)
    return () => this.#waiting.delete(call)
  }

  /** A link to a supervisor has broken; its workers live until its lease is over. */
  left(host: Host, socket: WebSocket): void {
    if (!host.left(socket)) return
    if (host.isDraining && host.isEmpty) {
      this.#hosts.delete(host.name)
      this.#ports.log('info', `host ${host.name} has left`)
    } else this.#ports.log('warn', `the link to host ${host.name} has broken`)
  }

  /** The functions of a topology can be asked on every host, until its slots are given back. */
  serve(topology: string, door: ClientDoor): void {
    this.#doors.set(topology, door)
    this.#tellDoors()
  }

  /** Asks all hosts that are there to bring what they have of these contents of code. @returns their names */
  ask(digests: readonly string[]): readonly string[] {
    const asked = this.all.filter(({ isLinked, offer }) => isLinked && offer.brings === true)
    for (const host of asked) host.send({ type: 'bring', digests })
    return asked.map(({ name }) => name)
  }

  /** A topology is no more: nobody needs its code. */
  forget(topology: string): void {
    this.#blamed.delete(topology)
    for (const host of this.all) host.send({ type: 'forget', topology })
  }

  close(): void {
    this.#cancel()
  }

  #tellDoors(): void {
    for (const host of this.all) host.send(this.#doorsMessage)
  }

  get #doorsMessage(): ToSupervisor {
    return { type: 'doors', doors: [...this.#doors.values()] }
  }

  #release(topology: string, held: Held): void {
    if (this.#held.get(topology) !== held) return
    this.#held.delete(topology)
    if (this.#doors.delete(topology)) this.#tellDoors()
    this.#room()
  }

  /** Those that are blamed come last. */
  #choose(topology: string, load: Load): Host | undefined {
    const rooms = this.all.map((host) => [host, this.freeOf(host)] as const)
    return (
      best(
        load,
        rooms.filter(([host]) => !this.#isBlamed(topology, host)),
      ) ?? best(load, rooms)
    )
  }

  #isBlamed(topology: string, { name }: Host): boolean {
    const at = this.#blamed.get(topology)?.get(name)
    return at !== undefined && this.#ports.clock.now() - at < BLAME_MS
  }

  /**
   * As many workers of a host that is to be left end as others have room for: they begin there. Where not all have
   * room, and they need different things, none ends, for it is not known which is which.
   */
  #move(host: Host): void {
    const loads = this.takenOf(host)
    const count = placed(
      loads,
      this.all.map((other) => this.freeOf(other)),
    )
    const areAlike = loads.every(({ cpu, memory }) => cpu === loads[0]!.cpu && memory === loads[0]!.memory)
    const moving = count === loads.length || areAlike ? count : 0
    for (const launch of host.living.slice(0, Math.max(0, moving - host.ending))) host.move(launch)
  }

  #seeDrained(host: Host): void {
    if (host.isDraining && host.isEmpty) host.send({ type: 'drained' })
  }

  #look(): void {
    const { clock, leaseMs, log } = this.#ports
    for (const host of this.all) {
      if (host.silentMs <= leaseMs + GRACE_MS) continue
      this.#hosts.delete(host.name)
      log('warn', `host ${host.name} is lost: nothing was heard of it for ${Math.round(host.silentMs / 1000)} s`)
      host.lose()
    }
    this.#cancel = clock.after(LOOK_MS, () => this.#look())
  }

  #room(): void {
    for (const host of this.all) if (host.isDraining) this.#move(host)
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const call of waiting) call()
    this.#ports.onRoom()
  }

  #noSlots(workers: number, load: Load): TyphoonError {
    const free = this.all.reduce((sum, host) => sum + Math.max(0, this.freeOf(host).slots), 0)
    const slots = this.all.reduce((sum, host) => sum + host.offer.slots, 0)
    const where = plural(this.all.length, 'host')
    const have = `${free} of the ${plural(slots, 'slot')} of ${where} ${free === 1 ? 'is' : 'are'} free`
    const beside = needsInWords(load)
    return new TyphoonError('NO_SLOTS', `it needs ${plural(workers, 'slot')}${beside}, and ${have}`, {
      hint: 'it begins by itself when there is room: start a supervisor, kill a topology, or ask for fewer workers',
    })
  }
}

function slotOn({ name, offer: { host, rack } }: Host): Slot {
  return { supervisor: name, host, port: 0, ...(rack === undefined ? {} : { rack }) }
}
