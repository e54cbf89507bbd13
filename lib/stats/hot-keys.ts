/**
 * The keys that come most often, in bounded memory: Space-Saving (Metwally, Agrawal, El Abbadi, "Efficient Computation
 * of Frequent and Top-k Elements in Data Streams", 2005).
 *
 * The law: a key that makes up more than 1/64 of what was seen is among those that are kept, and its count is too high
 * by at most so much.
 */

const KEYS = 64
const SHOWN = 10
/** From so many on all counts are halved: what was hot long ago cools down. */
const HALVED_AT = 20_000

/** Keys and how often they were seen, the hottest first; and how much was seen in all. */
export interface SeenKeys {
  readonly keys: readonly (readonly [key: string, count: number])[]
  readonly total: number
}

export class HotKeys {
  #counts = new Map<string, number>()
  #total = 0

  add(key: string): void {
    const count = this.#counts.get(key)
    if (count === undefined && this.#counts.size >= KEYS) this.#takePlaceOfLeast(key)
    else this.#counts.set(key, (count ?? 0) + 1)
    if (++this.#total >= HALVED_AT) this.#halve()
  }

  get seen(): SeenKeys {
    const keys = [...this.#counts].sort(([, one], [, other]) => other - one).slice(0, SHOWN)
    return { keys, total: this.#total }
  }

  #takePlaceOfLeast(key: string): void {
    let least = ''
    let lowest = Number.POSITIVE_INFINITY
    for (const [known, count] of this.#counts) {
      if (count >= lowest) continue
      least = known
      lowest = count
    }
    this.#counts.delete(least)
    this.#counts.set(key, lowest + 1)
  }

  #halve(): void {
    this.#total = Math.floor(this.#total / 2)
    this.#counts = new Map([...this.#counts].map(([key, count]) => [key, count / 2]))
  }
}
