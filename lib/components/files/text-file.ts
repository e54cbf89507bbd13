/**
 * A text file that one task writes. The promise: `write` writes all of the text or nothing, so that what was not written can be
 * written again and no line stands there by half.
 */
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

const NEWLINE = 10
const BLOCK = 65_536

export class TextFile {
  readonly #file: number
  #size: number

  /**
   * Makes the file and its folder. With `append` the file keeps its whole lines; a last one that was cut off by the death of its
   * writer is taken away. Without, it begins empty.
   */
  constructor(path: string, append: boolean) {
    mkdirSync(dirname(path), { recursive: true })
    // 'r+' and not 'a', because the place to write at is ours to say; 'a' first, because 'r+' makes no file.
    closeSync(openSync(path, append ? 'a' : 'w'))
    this.#file = openSync(path, 'r+')
    this.#size = append ? endOfLines(this.#file) : 0
    if (append) ftruncateSync(this.#file, this.#size)
  }

  write(text: string): void {
    const bytes = Buffer.from(text)
    let done = 0
    try {
      while (done < bytes.length) done += writeSync(this.#file, bytes, done, bytes.length - done, this.#size + done)
    } catch (error) {
      if (done > 0) ftruncateSync(this.#file, this.#size)
      throw error
    }
    this.#size += bytes.length
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** Where the last whole line ends. */
function endOfLines(file: number): number {
  const block = Buffer.alloc(BLOCK)
  for (let end = fstatSync(file).size; end > 0; ) {
    const start = Math.max(0, end - BLOCK)
    const count = readSync(file, block, 0, end - start, start)
    const newline = block.subarray(0, count).lastIndexOf(NEWLINE)
    if (newline >= 0) return start + newline + 1
    end = start
  }
  return 0
}
