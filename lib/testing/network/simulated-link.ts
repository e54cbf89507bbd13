/**
 * One end of a link of `simulated-network.ts`, and what carries its frames: a clock and a seed. Nothing here uses real
 * time.
 */

import { KIND_TUPLES } from '../../messaging/frames.ts'
import type { Identity } from '../../messaging/link.ts'
import { LinkEnd, linkLost } from '../../messaging/link-end.ts'
import type { WorkerId } from '../../tuple/ids.ts'
import type { Prng } from '../../util/prng.ts'
import type { Clock } from '../../util/time/clock.ts'

/** What a simulated link does to its frames. */
export interface SimulatedOptions {
  readonly clock: Clock
  readonly prng: Prng
  /** How long a frame is under way, milliseconds, drawn for each; 0 unless given. */
  readonly delayMs?: { readonly min: number; readonly max: number }
  /** Probability that a frame of tuples is lost. The other kinds carry no sequence number that would show it. */
  readonly loss?: number
  /** Probability that a bit of a frame is changed on the way. */
  readonly damage?: number
}

/** What lies between the ends: draws delays and losses. */
export class Medium {
  readonly clock: Clock
  /** What stands still: a worker, or the cable between two; with what waits for it. */
  readonly #still = new Map<string, (() => void)[]>()
  /** By how much longer what goes to a worker is under way, milliseconds. */
  readonly late = new Map<WorkerId, number>()
  readonly #prng: Prng
  readonly #min: number
  readonly #spread: number
  /** Probability that a frame of tuples is lost. */
  loss: number
  /** Probability that a bit of a frame is changed. */
  damage: number

  constructor(options: SimulatedOptions) {
    this.clock = options.clock
    this.#prng = options.prng
    this.#min = options.delayMs?.min ?? 0
    this.#spread = (options.delayMs?.max ?? 0) - this.#min
    this.loss = options.loss ?? 0
    this.damage = options.damage ?? 0
  }

  /** Milliseconds that the next frame is under way. */
  delay(): number {
    return this.#spread > 0 ? this.#min + this.#prng.next() * this.#spread : this.#min
  }

  /** Draws whether this frame is lost. */
  loses(frame: Uint8Array): boolean {
    return this.loss > 0 && frame[0] === KIND_TUPLES && this.#prng.next() < this.loss
  }

  /** The frame as it arrives: another one where the draw says so, for its sender may still hold this one. */
  pass(frame: Uint8Array): Uint8Array {
    if (this.damage === 0 || this.#prng.next() >= this.damage) return frame
    const changed = Uint8Array.from(frame)
    changed[this.#prng.below(frame.length)]! ^= 1 << this.#prng.below(8)
    return changed
  }

  later(ms: number, callback: () => void): void {
    if (ms > 0) this.clock.after(ms, callback)
    else this.clock.soon(callback)
  }

  /** From now on what is to happen there waits. */
  freeze(what: string): void {
    if (!this.#still.has(what)) this.#still.set(what, [])
  }

  /** What has waited happens now, in its order. */
  thaw(what: string): void {
    const waiting = this.#still.get(what)
    this.#still.delete(what)
    for (const callback of waiting ?? []) this.clock.soon(callback)
  }

  /** Calls back when none of these stands still: at once, or later. */
  whenMoving(what: readonly string[], callback: () => void): void {
    const still = what.find((one) => this.#still.has(one))
    if (still === undefined) callback()
    else this.#still.get(still)!.push(() => this.whenMoving(what, callback))
  }
}

/** A worker, as something that may stand still. */
export function processOf(worker: WorkerId): string {
  return `${worker}`
}

/** The cable between two workers, the same from both ends. */
export function cableOf(a: WorkerId, b: WorkerId): string {
  return `${Math.min(a, b)}-${Math.max(a, b)}`
}

interface UnderWay {
  frame: Uint8Array
  /** When it arrives, by the clock. */
  due: number
}

/** It holds the frames that are under way to the other end. */
export class SimulatedLink extends LinkEnd {
  readonly own: Identity
  readonly #medium: Medium
  readonly #onGone: (end: SimulatedLink) => void
  /** Undefined before the ends are joined, and once the connection is gone. */
  #other: SimulatedLink | undefined
  #underWay: UnderWay[] = []
  #bytes = 0
  #lastDue = 0
  #isScheduled = false
  /** Set once the bye frame is under way. */
  #onByeArrived: (() => void) | undefined

  constructor(medium: Medium, own: Identity, peer: Identity, onGone: (end: SimulatedLink) => void) {
    super(peer)
    this.own = own
    this.#medium = medium
    this.#onGone = onGone
  }

  join(other: SimulatedLink): void {
    this.#other = other
  }

  send(frame: Uint8Array): void {
    if (!this.ended && !this.#medium.loses(frame)) this.#post(this.#medium.pass(frame))
  }

  get bufferedBytes(): number {
    return this.ended ? 0 : this.#bytes
  }

  /** A frame of tuples is under way. */
  get carriesTuples(): boolean {
    return this.#underWay.some(({ frame }) => frame[0] === KIND_TUPLES)
  }

  /** The connection is gone at once, with what was under way; this end notices after a delay. */
  breakOff(how: string): void {
    this.#drop()
    const own = [processOf(this.own.worker)]
    this.#medium.later(this.#medium.delay(), () =>
      this.#medium.whenMoving(own, () => this.end(linkLost(this.peer, how))),
    )
  }

  /** This end's process is gone: its owner hears nothing any more. */
  die(): void {
    this.#drop()
    this.abandon()
  }

  protected disconnect(bye: Uint8Array | undefined): Promise<void> {
    if (bye === undefined) this.#drop()
    else this.#post(bye)
    if (this.#other === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onByeArrived = resolve
    })
  }

  /** Simulated memory has no bound to protect. */
  protected hold(): void {}

  #drop(): void {
    this.#other = undefined
    this.#underWay = []
    this.#bytes = 0
    this.#onGone(this)
    this.#onByeArrived?.()
  }

  #post(frame: Uint8Array): void {
    if (this.#other === undefined) return
    const late = this.#medium.late.get(this.peer.worker) ?? 0
    this.#lastDue = Math.max(this.#lastDue, this.#medium.clock.now() + this.#medium.delay() + late)
    this.#underWay.push({ frame, due: this.#lastDue })
    this.#bytes += frame.length
    this.#schedule()
  }

  #schedule(): void {
    const next = this.#underWay[0]
    if (next === undefined || this.#isScheduled) return
    this.#isScheduled = true
    const way = [cableOf(this.own.worker, this.peer.worker), processOf(this.peer.worker)]
    this.#medium.later(next.due - this.#medium.clock.now(), () => this.#medium.whenMoving(way, () => this.#arrive()))
  }

  /** Hands over what is due by now. What comes up meanwhile waits for its own turn. */
  #arrive(): void {
    this.#isScheduled = false
    const now = this.#medium.clock.now()
    const firstLater = this.#underWay.findIndex(({ due }) => due > now)
    const arrived = this.#underWay.splice(0, firstLater === -1 ? this.#underWay.length : firstLater)
    let handed = 0
    try {
      while (handed < arrived.length && this.#other !== undefined) {
        const { frame } = arrived[handed++]!
        this.#bytes -= frame.length
        this.#other.receive(frame)
      }
    } finally {
      // If a listener threw, the frames behind its own are not lost with it.
      if (this.#other !== undefined && handed < arrived.length)
        this.#underWay = arrived.slice(handed).concat(this.#underWay)
      this.#schedule()
    }
    if (this.#onByeArrived !== undefined && this.#underWay.length === 0) this.#drop()
    this.wake()
  }
}
