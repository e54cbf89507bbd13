/**
 * Random numbers for one row after the other: the numbers of row i depend on the seed and i alone, whatever was drawn
 * before. So a row can be made again, and beginning one must cost next to nothing, which is not so with a generator
 * that has to be warmed up.
 *
 * A counter, finished with the mixer of MurmurHash3 (Austin Appleby) and a key: seed and row give 64 bits of state.
 */

/** 2^32 divided by the golden ratio, odd: the counter passes through all 32 bits, its neighbours differ much. */
const STEP = 0x9e3779b9

/** Random numbers that belong to a row. */
export class RowRandom {
  readonly #low: number
  readonly #high: number
  #counter = 0
  #key = 0

  constructor(seed: number) {
    this.#low = mix(seed | 0)
    this.#high = mix(Math.floor(seed / 4294967296) ^ STEP)
  }

  /** Begins the numbers of a row. Hot. */
  begin(row: number): void {
    const low = row | 0
    const high = row < 4294967296 ? 0 : Math.floor(row / 4294967296)
    this.#counter = mix((low ^ this.#low) + Math.imul(high, STEP))
    this.#key = mix((low + this.#high) ^ high)
  }

  /** 32 random bits as a signed integer. Hot. */
  int32(): number {
    this.#counter = (this.#counter + STEP) | 0
    return mix(mix(this.#counter) ^ this.#key)
  }

  /** Uniform in [0, 1), 32 bits of it. */
  next(): number {
    return (this.int32() >>> 0) / 4294967296
  }

  /** Uniform whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  /** One of them, each as likely as the others. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }
}

function mix(bits: number): number {
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
