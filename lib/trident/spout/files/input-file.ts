/**
 * An input file that is open for one call of a spout. It is opened anew for each: that costs some ten microseconds for the millisecond
 * that a call takes, needs no bound on open files, and sees at once where a file is gone or another one.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { changed, gone, unreadable } from './input-error.ts'

const NEWLINE = 10
/** So many bytes before a place are compared to see whether the file is still the one that was read up to there. */
const TAIL = 64
const tail = Buffer.alloc(TAIL)

/** A place between two lines, and how to know it again. */
export interface Place {
  /** Bytes from the start of the file. */
  readonly to: number
  /** CRC-32 of the few bytes before it. */
  readonly tail: number
}

export class InputFile {
  readonly path: string
  readonly #file: number

  /** @throws PARTITION_GONE, FILE_NOT_FOUND */
  static with<T>(path: string, use: (file: InputFile) => T): T {
    const file = new InputFile(path)
    try {
      return use(file)
    } finally {
      closeSync(file.#file)
    }
  }

  private constructor(path: string) {
    this.path = path
    try {
      this.#file = openSync(path, 'r')
    } catch (cause) {
      throw (cause as { code?: string }).code === 'ENOENT' ? gone(path, cause) : unreadable(path, cause)
    }
  }

  get size(): number {
    return fstatSync(this.#file).size
  }

  /** Fills the buffer from there on. @throws INPUT_CHANGED where the file ends before that, FILE_NOT_FOUND */
  read(into: Uint8Array, position: number): void {
    for (let filled = 0; filled < into.length; ) {
      const count = this.#read(into, filled, position + filled)
      if (count === 0) {
        throw changed(this.path, `has ${position + filled} bytes now, and ${position + into.length} were there before`)
      }
      filled += count
    }
  }

  placeAt(to: number): Place {
    return { to, tail: crc32(this.#tailBefore(to)) }
  }

  /** @throws INPUT_CHANGED where what is before the place is not what was there, or a line goes on after it */
  checkPlace(place: Place): void {
    const { size } = this
    if (size < place.to) throw changed(this.path, `has ${size} bytes now, and ${place.to} of it had been read before`)
    const before = this.#tailBefore(place.to)
    if (crc32(before) !== place.tail)
      throw changed(this.path, `has other content before byte ${place.to} than was read there`)
    if (size > place.to && before.length > 0 && before.at(-1) !== NEWLINE) {
      throw changed(this.path, `goes on at byte ${place.to}, where its last line had been read without a line break`)
    }
  }

  #tailBefore(place: number): Buffer {
    const bytes = tail.subarray(0, Math.min(TAIL, place))
    this.read(bytes, place - bytes.length)
    return bytes
  }

  #read(into: Uint8Array, offset: number, position: number): number {
    try {
      return readSync(this.#file, into, offset, into.length - offset, position)
    } catch (cause) {
      throw unreadable(this.path, cause)
    }
  }
}
