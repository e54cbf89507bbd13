/**
 * Random numbers from a seed: sfc32 by Chris Doty-Humphrey (PractRand), 128 bits of state. The run floor draws from
 * here alone, so that one seed gives one run.
 */
export class Prng {
  #a: number
  #b: number
  #c: number
  #counter: number

  constructor(seed: number) {
    this.#a = 0
    this.#b = seed | 0
    this.#c = Math.floor(seed / 4294967296) | 0
    this.#counter = 1
    for (let i = 0; i < 12; i++) this.int32()
  }

  /** 32 random bits as a signed integer. Hot: twice for each edge of a tuple tree. */
  int32(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11)
    this.#c = (this.#c + result) | 0
    return result
  }

  /** Uniform in [0, 1), 32 bits of it. */
  next(): number {
    return (this.int32() >>> 0) / 4294967296
  }

  /** Uniform whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  /** The same elements in random order, in a new array (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items]
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const item = shuffled[i] as T
      shuffled[i] = shuffled[j] as T
      shuffled[j] = item
    }
    return shuffled
  }
}
