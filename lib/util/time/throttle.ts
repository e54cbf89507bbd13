/**
 * What may come too often, as errors and lines of a log do: of each kind so many pass in an interval, and the rest is
 * counted, to be reported with the next one that passes, or at the end. The promise: nothing is left out uncounted, and
 * what is kept is bounded, however many kinds there are.
 */

export interface ThrottleLimits {
  /** How many of a kind pass in an interval. */
  readonly most: number
  readonly intervalMs: number
  /** Each interval of a kind is twice as long as the one before it, up to this one. Default: all are equally long. */
  readonly maxIntervalMs?: number
  /**
   * The most kinds that are kept apart; further ones count together as one kind, and none passes in its first interval.
   */
  readonly mostKinds: number
}

/** What is to be reported of one kind. */
export interface Told<T> {
  readonly latest: T
  /** How many of the kind have come since the last report, with this one. */
  readonly times: number
  /** They are of several kinds, those that are too many. */
  readonly isMixed: boolean
}

interface Kind<T> {
  latest: T
  leftOut: number
  passed: number
  intervalMs: number
  endsAt: number
}

/** Stands for all kinds that are too many. */
const OTHERS = Symbol('others')

export class Throttle<T> {
  readonly #limits: ThrottleLimits
  readonly #kinds = new Map<string | typeof OTHERS, Kind<T>>()

  constructor(limits: ThrottleLimits) {
    this.#limits = limits
  }

  /**
   * @param now milliseconds of any clock that does not go backwards
   * @param times how often it has come
   * @returns what is to be reported now; undefined if this one is left out
   */
  add(name: string, item: T, now: number, times = 1): Told<T> | undefined {
    const { most, intervalMs, mostKinds } = this.#limits
    const isMixed = !this.#kinds.has(name) && this.#kinds.size >= mostKinds
    const key = isMixed ? OTHERS : name
    const kind = this.#kinds.get(key) ?? {
      latest: item,
      leftOut: 0,
      passed: isMixed ? most : 0,
      intervalMs,
      endsAt: now + intervalMs,
    }
    this.#kinds.set(key, kind)
    kind.latest = item
    kind.leftOut += times
    if (now >= kind.endsAt) this.#begin(kind, now)
    return kind.passed++ < most ? take(kind, isMixed) : undefined
  }

  /** What was left out and not reported yet. */
  rest(): Told<T>[] {
    const untold = [...this.#kinds].filter(([, { leftOut }]) => leftOut > 0)
    return untold.map(([key, kind]) => take(kind, key === OTHERS))
  }

  #begin(kind: Kind<T>, now: number): void {
    const { intervalMs, maxIntervalMs = intervalMs } = this.#limits
    kind.intervalMs = Math.min(maxIntervalMs, kind.intervalMs * 2)
    kind.endsAt = now + kind.intervalMs
    kind.passed = 0
  }
}

function take<T>(kind: Kind<T>, isMixed: boolean): Told<T> {
  const { latest, leftOut: times } = kind
  kind.leftOut = 0
  return { latest, times, isMixed }
}
