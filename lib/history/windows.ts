/**
 * The windows of time that are kept, and the buckets of each: what a day costs does not exceed what ten minutes cost.
 * Storm has the same windows, with 20 buckets each (apache/storm, `RollingWindow`).
 */

/** Buckets of each window. */
export const BUCKETS = 120

/** Seconds, as Storm's interface names them. */
export const WINDOWS = ['600', '10800', '86400', 'all'] as const

/** A window of time that ends now. */
export type Window = (typeof WINDOWS)[number]

const FIRST_OF_ALL_MS = 5000

/** Whether a text names a window. */
export function isWindow(text: string): text is Window {
  return (WINDOWS as readonly string[]).includes(text)
}

/** What is told of a place whose bucket begins anew, or takes in another one. */
export interface Places {
  clear(place: number): void
  /** Adds the contents of one to those of another. */
  join(from: number, into: number): void
  /** Gives each place (by index) the contents of another one, or none where it is undefined. */
  arrange(from: readonly (number | undefined)[]): void
}

/**
 * Which bucket has which place in a ring. The buckets of all time become twice as long whenever there is no room for
 * another one; those of the other windows make room by being forgotten.
 */
export class Ring {
  #bucketMs: number
  readonly #isAll: boolean
  /** The number of the bucket in each place, counted from 1970; undefined where there is none. */
  #numbers: (number | undefined)[] = Array.from({ length: BUCKETS })

  constructor(window: Window) {
    this.#isAll = window === 'all'
    this.#bucketMs = this.#isAll ? FIRST_OF_ALL_MS : (Number(window) * 1000) / BUCKETS
  }

  get bucketMs(): number {
    return this.#bucketMs
  }

  /** The place of the bucket of a moment, which is not before those that were asked for. */
  enter(atMs: number, places: readonly Places[]): number {
    if (this.#isAll) while (this.#isTooShort(atMs)) this.#widen(places)
    const number = Math.floor(atMs / this.#bucketMs)
    const place = number % BUCKETS
    if (this.#numbers[place] !== number) {
      this.#numbers[place] = number
      for (const each of places) each.clear(place)
    }
    return place
  }

  /** The places of the buckets of the window that ends at a moment, and when each began; the oldest first. */
  until(atMs: number): { readonly place: number; readonly beganMs: number }[] {
    const last = Math.floor(atMs / this.#bucketMs)
    return this.#numbers
      .flatMap((number, place) =>
        number !== undefined && number <= last && number > last - BUCKETS
          ? [{ place, beganMs: number * this.#bucketMs }]
          : [],
      )
      .sort((one, other) => one.beganMs - other.beganMs)
  }

  #isTooShort(atMs: number): boolean {
    const known = this.#numbers.filter((number) => number !== undefined)
    return known.length > 0 && Math.floor(atMs / this.#bucketMs) - Math.min(...known) >= BUCKETS
  }

  #widen(places: readonly Places[]): void {
    const from: (number | undefined)[] = Array.from({ length: BUCKETS })
    const numbers: (number | undefined)[] = Array.from({ length: BUCKETS })
    for (const [place, number] of this.#numbers.entries()) {
      if (number === undefined) continue
      const wide = Math.floor(number / 2)
      const taken = from[wide % BUCKETS]
      if (taken === undefined) from[wide % BUCKETS] = place
      else for (const each of places) each.join(place, taken)
      numbers[wide % BUCKETS] = wide
    }
    for (const each of places) each.arrange(from)
    this.#numbers = numbers
    this.#bucketMs *= 2
  }
}
