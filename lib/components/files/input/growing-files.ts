/** The files of a sequence, to which new ones are added where it goes on looking for more. */
import type { Files } from './row-sequence.ts'

/** Milliseconds from one look for more to the next. */
const LOOK_MS = 250

export class GrowingFiles implements Files {
  readonly paths: string[]
  readonly repeat: boolean
  readonly more: Files['more']
  readonly #now: () => number
  #looked = Number.NEGATIVE_INFINITY

  constructor({ paths, repeat, more }: Files, now: () => number) {
    this.paths = [...paths]
    this.repeat = repeat
    this.more = more
    this.#now = now
  }

  /** Adds what is new. @returns false where it is too early, since the last look */
  look(): boolean {
    const now = this.#now()
    if (this.more === undefined || now - this.#looked < LOOK_MS) return false
    this.#looked = now
    this.paths.push(...this.more().filter((path) => !this.paths.includes(path)))
    return true
  }
}
