/** The files of a sequence, to which new ones are added where it goes on looking for more. */
import type { FileId } from '../../../identity/file-id.ts'
import type { FileMark } from './file-position.ts'
import type { Files } from './row-sequence.ts'

/** Milliseconds from one look for more to the next. */
const LOOK_MS = 250

export class GrowingFiles implements Files {
  readonly paths: string[]
  readonly repeat: boolean
  readonly more: Files['more']
  readonly owns: (path: string, id: FileId) => boolean
  readonly between: (path: string, mark: FileMark) => readonly string[]
  readonly #now: () => number
  #looked = Number.NEGATIVE_INFINITY

  constructor({ paths, repeat, more, owns, between }: Files, now: () => number) {
    this.paths = [...paths]
    this.repeat = repeat
    this.more = more
    this.owns = owns ?? (() => true)
    this.between = between ?? (() => [])
    this.#now = now
  }

  /** Adds what is new. @returns what is there for this task; undefined where it is too early, since the last look */
  look(): readonly string[] | undefined {
    const now = this.#now()
    if (this.more === undefined || now - this.#looked < LOOK_MS) return undefined
    this.#looked = now
    const listed = this.more()
    const known = new Set(this.paths)
    this.paths.push(...listed.filter((path) => !known.has(path)))
    return listed
  }
}
