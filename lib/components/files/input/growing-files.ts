/** The files of a sequence, to which new ones are added where it goes on looking for more. */
import { statSync } from 'node:fs'
import { type FileId, fileIdOf } from '../../../identity/file-id.ts'
import type { FileMark } from './file-position.ts'
import type { Files } from './row-sequence.ts'

/** Milliseconds from one look for more to the next. */
const LOOK_MS = 250
/** Of more files it is not said what there is to be read. */
const MANY = 1000

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

  /**
   * The sum over all files of what there is to be read of each.
   * @param leftOf of a file of this number and size: bytes, or undefined where that is not known
   * @returns undefined where one is not known, or there are many: it is asked often
   */
  sumOf(leftOf: (index: number, id: FileId, size: number) => number | undefined): number | undefined {
    if (this.repeat || this.paths.length > MANY) return undefined
    let sum = 0
    for (const [index, path] of this.paths.entries()) {
      const stats = statSync(path, { throwIfNoEntry: false })
      const id = fileIdOf(path)
      if (stats === undefined || id === undefined) continue
      const left = leftOf(index, id, stats.size)
      if (left === undefined) return undefined
      sum += left
    }
    return sum
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
