/**
 * Where a spout task may go on in a later run, where its roots are tracked: the last position before which all that it
 * has emitted is done with. The spout says where it stands; here it is found out when that is safe.
 *
 * The law: a position is given when every root that was emitted before it is acked, or has failed and is owed no more.
 * A root that has failed holds the positions after it until its message id is acked: that may be a replay of it.
 *
 * Nothing is paid per root: the roots in flight are looked through when a position is wanted.
 */
import type { Positions } from '../../topology/component/component.ts'

/** More places are not remembered: of twice as many every second one is forgotten. */
const MOST_PLACES = 32

/** What was emitted up to a moment, and where the spout stood then. */
interface Place {
  readonly positions: Positions
  /** Low half of the root that was emitted last. */
  readonly low: number
  /** Numbers the places from 0 up. */
  readonly number: number
}

/** What is in flight. */
export interface InFlight {
  /** Low half of the root that was emitted last. */
  readonly lastLow: number
  /** The low halves of all roots in flight. */
  lows(): readonly number[]
}

export class LowWater {
  readonly #roots: InFlight
  /** Whether the spout may emit the tuple of a message id again. */
  readonly #owes: (messageId: unknown) => boolean
  #safe: Positions | undefined
  /** Not known to be safe, the oldest first. */
  #places: Place[] = []
  #next = 0
  /** Message ids that have failed, by the number of the first place that is behind their root. */
  readonly #failed = new Map<unknown, number>()

  constructor(roots: InFlight, owes: (messageId: unknown) => boolean) {
    this.#roots = roots
    this.#owes = owes
  }

  /** Where the spout stands before it emits anything. */
  begin(positions: Positions | undefined): void {
    this.#safe = positions
  }

  /** A root has failed; without its low half where it was never sent. */
  failed(messageId: unknown, low?: number): void {
    const distance = low === undefined ? -1 : this.#distanceTo(low)
    const first = this.#places.find((place) => this.#distanceTo(place.low) <= distance)
    const number = first?.number ?? this.#next
    this.#failed.set(messageId, Math.min(number, this.#failed.get(messageId) ?? number))
  }

  /** Hot: once for each root that is acked. */
  acked(messageId: unknown): void {
    if (this.#failed.size > 0) this.#failed.delete(messageId)
  }

  /**
   * The last position that is safe now.
   * @param positions where the spout stands; undefined: it cannot say it now
   */
  look(positions: Positions | undefined): Positions | undefined {
    if (positions !== undefined) this.#places.push({ positions, low: this.#roots.lastLow, number: this.#next++ })
    for (const messageId of this.#failed.keys()) if (!this.#owes(messageId)) this.#failed.delete(messageId)
    const oldest = this.#roots.lows().reduce((most, low) => Math.max(most, this.#distanceTo(low)), -1)
    const held = Math.min(Number.POSITIVE_INFINITY, ...this.#failed.values())
    const open = this.#places.findIndex((place) => place.number >= held || this.#distanceTo(place.low) <= oldest)
    const safe = this.#places.splice(0, open === -1 ? this.#places.length : open)
    this.#safe = safe.at(-1)?.positions ?? this.#safe
    if (this.#places.length > MOST_PLACES) this.#places = this.#places.filter((_, index) => index % 2 === 1)
    return this.#safe
  }

  /** How many roots were emitted after this one; low halves count up, and begin again after 2^32. */
  #distanceTo(low: number): number {
    return (this.#roots.lastLow - low) >>> 0
  }
}
