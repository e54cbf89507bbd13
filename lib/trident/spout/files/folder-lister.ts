/** Lists the files of a folder that grows, every so often: the coordinator of a DirectorySpout. */
import { type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { wildcard } from '../../../components/files/input/file-list.ts'
import { unreadable } from '../../../components/files/input/input-error.ts'
import { messageOf, type TaskContext } from '../../../index.ts'
import type { PartitionCoordinator } from '../../model/spout.ts'

/** So many batches long a file is still listed that has gone, so that its task sees that and says so. */
const FAREWELL = 100
/** Listing takes some microseconds a file; it is done so seldom that it takes a hundredth of the time at most. */
const MILLIS_PER_FILE = 0.5

export class FolderLister implements PartitionCoordinator {
  readonly #directory: string
  readonly #expression: RegExp
  readonly #dots: boolean
  readonly #pollMillis: number
  readonly #context: TaskContext
  #present: ReadonlySet<string>
  /** Those that have gone, with the batches that they are still listed for. */
  readonly #gone = new Map<string, number>()
  #names: readonly string[] = []
  #listAt = 0
  #isBroken = false

  /** @throws FILE_NOT_FOUND */
  constructor(directory: string, pattern: string, pollMillis: number, context: TaskContext) {
    this.#directory = directory
    this.#expression = wildcard(pattern)
    this.#dots = pattern.startsWith('.')
    this.#pollMillis = pollMillis
    this.#context = context
    this.#present = new Set()
    try {
      this.#list()
    } catch (cause) {
      throw unreadable(directory, cause)
    }
  }

  /** The same array as long as the files are the same. */
  getPartitionsForBatch(): readonly string[] {
    if (this.#gone.size > 0) this.#bidFarewell()
    if (this.#context.now() >= this.#listAt) this.#tryToList()
    return this.#names
  }

  #tryToList(): void {
    try {
      this.#list()
      this.#isBroken = false
    } catch (error) {
      this.#plan()
      if (!this.#isBroken) this.#context.log('warn', `"${this.#directory}" cannot be listed: ${messageOf(error)}`)
      this.#isBroken = true
    }
  }

  #list(): void {
    const entries = readdirSync(this.#directory, { withFileTypes: true })
    const present = new Set(entries.filter((entry) => this.#isWanted(entry)).map(({ name }) => name))
    const before = this.#present
    this.#present = present
    this.#plan()
    let isOther = present.size !== before.size
    for (const name of before) {
      if (present.has(name)) continue
      this.#gone.set(name, FAREWELL)
      isOther = true
    }
    for (const name of present) this.#gone.delete(name)
    if (isOther) this.#arrange()
  }

  #plan(): void {
    this.#listAt = this.#context.now() + Math.max(this.#pollMillis, this.#present.size * MILLIS_PER_FILE)
  }

  #isWanted(entry: Dirent): boolean {
    const { name } = entry
    if (!this.#expression.test(name) || (name.startsWith('.') && !this.#dots)) return false
    if (!entry.isSymbolicLink()) return entry.isFile()
    return statSync(join(this.#directory, name), { throwIfNoEntry: false })?.isFile() === true
  }

  #bidFarewell(): void {
    let isOther = false
    for (const [name, batches] of this.#gone) {
      if (batches > 1) this.#gone.set(name, batches - 1)
      else isOther = this.#gone.delete(name)
    }
    if (isOther) this.#arrange()
  }

  #arrange(): void {
    // By code units: the same on every machine.
    this.#names = [...this.#present, ...this.#gone.keys()].sort()
  }
}
