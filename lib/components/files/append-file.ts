/**
 * A text file that lines are appended to. The promise: a text is written whole or not at all, so that what was not
 * written can be written again; each text begins on a line of its own, whoever else writes the file; what others have
 * written is never overwritten.
 *
 * The system puts each write at the end of the file as it is then (O_APPEND), so a file that somebody has emptied gets
 * no hole.
 */
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { type FileId, fileIdOf } from '../../identity/file-id.ts'
import { makeFolder } from '../../identity/make-folder.ts'

const NEWLINE = 10
const BLOCK = 65_536
const APPEND = constants.O_CREAT | constants.O_APPEND

/** How a file is found again. `moved`: another file, or none, has its name; `shrunk`, `grown`: by somebody else. */
export type Found = 'same' | 'moved' | 'shrunk' | 'grown'

export class AppendFile {
  readonly path: string
  readonly #file: number
  /** Pipes and devices have no size, and nothing can be taken back from them. */
  readonly #isRegular: boolean
  readonly id: FileId
  readonly #beforeChange: () => void
  /** Where our last text ended; -1 before the first. */
  #end = -1

  /**
   * Makes the file and its folder where there is none.
   * @param beforeChange called before anything is written or cut
   */
  constructor(path: string, beforeChange = (): void => {}) {
    this.path = path
    this.#beforeChange = beforeChange
    makeFolder(dirname(path))
    this.#file = openToAppend(path)
    // By BigInt, or modules that are imported later may be found under other names (`command/terminal/file-output.ts`).
    this.#isRegular = fstatSync(this.#file, { bigint: true }).isFile()
    this.id = fileIdOf(this.#file)
  }

  /** The file descriptor, which a claim needs. */
  get descriptor(): number {
    return this.#file
  }

  /** Bytes; 0 for a pipe or a device. */
  get size(): number {
    return this.#isRegular ? fstatSync(this.#file).size : 0
  }

  get isRegular(): boolean {
    return this.#isRegular
  }

  /** Takes away a last line that was cut off by the death of its writer, and nothing before `from`. */
  cutTornLine(from: number): void {
    if (this.#isRegular) this.#cut(Math.max(from, this.#endOfLines()))
  }

  /** Takes away what stands behind a length. */
  cut(length: number): void {
    if (this.#isRegular) this.#cut(length)
  }

  /** What was written survives a power cut. */
  sync(): void {
    if (this.#isRegular) fdatasyncSync(this.#file)
  }

  empty(): void {
    if (this.#isRegular) this.#cut(0)
  }

  /** Whether its name still leads here, and whether it ends where our last text did. */
  look(): Found {
    if (!this.#isRegular) return 'same'
    if (fileIdOf(this.path) !== this.id) return 'moved'
    const { size } = this
    if (this.#end < 0 || size === this.#end) return 'same'
    return size < this.#end ? 'shrunk' : 'grown'
  }

  /** It has no name any more: what is written to it is gone with us. */
  get isRemoved(): boolean {
    return this.#isRegular && fstatSync(this.#file).nlink === 0
  }

  write(text: string): void {
    const before = this.size
    const bytes = Buffer.from(before === this.#end || this.#endsWhole(before) ? text : `\n${text}`)
    let done = 0
    this.#beforeChange()
    try {
      while (done < bytes.length) done += writeSync(this.#file, bytes, done)
    } catch (error) {
      // Not where somebody else has appended meanwhile; the next text then begins on a line of its own.
      if (done > 0 && this.size === before + done) this.#cut(before)
      throw error
    }
    this.#end = this.#isRegular ? before + bytes.length : -1
  }

  close(): void {
    closeSync(this.#file)
  }

  #cut(length: number): void {
    this.#beforeChange()
    ftruncateSync(this.#file, length)
  }

  #endsWhole(size: number): boolean {
    if (size === 0) return true
    const last = Buffer.alloc(1)
    return readSync(this.#file, last, 0, 1, size - 1) === 0 || last[0] === NEWLINE
  }

  #endOfLines(): number {
    const block = Buffer.alloc(BLOCK)
    for (let end = this.size; end > 0; ) {
      const start = Math.max(0, end - BLOCK)
      const count = readSync(this.#file, block, 0, end - start, start)
      const newline = block.subarray(0, count).lastIndexOf(NEWLINE)
      if (newline >= 0) return start + newline + 1
      end = start
    }
    return 0
  }
}

/** A pipe that nobody reads is an error here (ENXIO), where a plain open would wait for a reader for ever. */
function openToAppend(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined || stats.isFile()) return openSync(path, APPEND | constants.O_RDWR)
  closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK))
  return openSync(path, APPEND | constants.O_WRONLY)
}
