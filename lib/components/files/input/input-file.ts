/**
 * A regular file that is open for reading, and how to know it again: a name may lead to another file tomorrow.
 *
 * A file is identified by its device and inode, and by the checksum of its first bytes; a place in it also by the bytes
 * before it. Where the name leads to another file, the one that was meant is looked for in the same folder, which is
 * where a rotation puts it.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { type FileId, fileIdOf } from '../../../identity/file-id.ts'
import type { FileMark, FilePosition } from './file-position.ts'
import { changed, gone, unreadable } from './input-error.ts'

const NEWLINE = 10
/** How many bytes at its beginning identify a file, and how many before a place identify that place. */
const HEAD = 1024
const TAIL = 64
const head = Buffer.alloc(HEAD)
const tail = Buffer.alloc(TAIL)
/** A pipe would make `open` wait for its writer. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** How the bytes of a file are packed, by how they begin and not by its name. */
export type Packing = 'gzip' | 'zstd'

export class InputFile {
  /** The name by which the user knows the file. */
  readonly path: string
  /** It is not the one that has the name now: that one has followed it. */
  readonly isMoved: boolean
  readonly packing: Packing | undefined
  readonly #file: number
  /** The last bytes that `readOn` has read, and the largest size that it has seen. */
  #seen: Buffer = Buffer.alloc(0)
  #seenSize = 0

  /**
   * Opens the file, where a place is given the one that has this place.
   * @throws PARTITION_GONE, FILE_NOT_FOUND; INPUT_CHANGED where the file is another one
   */
  static open(path: string, place?: FilePosition): InputFile {
    const moved = place?.file === undefined ? undefined : movedTo(path, place.file)
    if (place === undefined) return new InputFile(path, undefined)
    try {
      if (moved !== undefined) return InputFile.#openAt(path, moved, place)
    } catch {
      // Its number was given to another file; the name may lead to one that was put back.
    }
    return InputFile.#openAt(path, undefined, place)
  }

  static #openAt(path: string, moved: string | undefined, place: FilePosition): InputFile {
    const file = new InputFile(path, moved)
    try {
      file.checkPlace(place)
      return file
    } catch (error) {
      file.close()
      throw error
    }
  }

  /** @throws as `open` */
  static with<T>(path: string, place: FilePosition | undefined, use: (file: InputFile) => T): T {
    const file = InputFile.open(path, place)
    try {
      return use(file)
    } finally {
      file.close()
    }
  }

  private constructor(path: string, moved: string | undefined) {
    this.path = path
    this.isMoved = moved !== undefined
    try {
      this.#file = openSync(moved ?? path, FLAGS)
    } catch (cause) {
      throw (cause as { code?: string }).code === 'ENOENT' ? gone(path, cause) : unreadable(path, cause)
    }
    try {
      if (!fstatSync(this.#file, { bigint: true }).isFile())
        throw unreadable(path, new Error('it is not a regular file'))
      this.packing = packingOf(this.head(4))
    } catch (error) {
      this.close()
      throw error
    }
  }

  get size(): number {
    return fstatSync(this.#file).size
  }

  /** The file descriptor, for readers of the whole file. */
  get descriptor(): number {
    return this.#file
  }

  /** How much there is from there on, up to the length of the buffer. @throws FILE_NOT_FOUND */
  readAt(into: Buffer, position: number): number {
    return this.#read(into, 0, position)
  }

  /** Milliseconds since it was last written to. */
  get ageMs(): number {
    return Date.now() - fstatSync(this.#file).mtimeMs
  }

  /** Largest size that `readOn` has seen. */
  get seenSize(): number {
    return this.#seenSize
  }

  /** Fills the buffer from there on. @throws INPUT_CHANGED where the file ends before that, FILE_NOT_FOUND */
  read(into: Buffer, position: number): void {
    for (let filled = 0; filled < into.length; ) {
      const count = this.#read(into, filled, position + filled)
      if (count === 0) {
        throw changed(this.path, `has ${position + filled} bytes now, and ${position + into.length} were there before`)
      }
      filled += count
    }
  }

  /**
   * Reads what comes after what was read last, as much as there is; 0 at the end. What it has read is of the same file,
   * also where that was cut and written anew under our hands: the bytes before it are compared afterwards.
   * @throws INPUT_CHANGED, FILE_NOT_FOUND
   */
  readOn(into: Buffer, offset: number, position: number): number {
    const count = this.#read(into, offset, position)
    const { size } = this
    if (size < position)
      throw changed(this.path, `was cut to ${size} bytes while it was read, and ${position} had been read`)
    const before = tail.subarray(0, this.#seen.length)
    this.read(before, position - before.length)
    if (!before.equals(this.#seen))
      throw changed(this.path, `was written anew while it was read, up to byte ${position}`)
    if (count > 0) this.#seen = Buffer.from(into.subarray(Math.max(offset, offset + count - TAIL), offset + count))
    this.#seenSize = Math.max(this.#seenSize, size)
    return count
  }

  /** The first bytes, fewer where the file is shorter; valid until the next call. */
  head(bytes: number): Buffer {
    return head.subarray(0, this.#read(head.subarray(0, bytes), 0, 0))
  }

  get id(): FileId {
    return fileIdOf(this.#file)
  }

  mark(): FileMark {
    const { size, mtimeMs } = fstatSync(this.#file)
    const bytes = this.head(HEAD)
    return { id: this.id, size, mtimeMs, head: crc32(bytes), headBytes: bytes.length }
  }

  placeAt(to: number): FilePosition {
    const file = this.mark()
    return this.packing === undefined ? { to, tail: crc32(this.#tailBefore(to)), file } : { to, file }
  }

  /** The name leads to another file by now. */
  isFollowed(): boolean {
    const named = fileIdOf(this.path)
    return named !== undefined && named !== fileIdOf(this.#file)
  }

  /** @throws INPUT_CHANGED where what is before the place is not what was there, or a line goes on after it */
  checkPlace(place: FilePosition): void {
    const difference = this.differenceTo(place)
    if (difference !== undefined) throw changed(this.path, difference)
    const { to, tail: sum } = place
    if (this.packing !== undefined || sum === undefined) return
    const before = this.#tailBefore(to)
    if (this.size > to && before.length > 0 && !isLineEnd(before)) {
      throw changed(this.path, `goes on at byte ${to}, where its last line had been read without a line break`)
    }
  }

  /** Why this is not the file of a place, going on from its name; undefined where it is. */
  differenceTo({ to, tail: sum, file }: FilePosition): string | undefined {
    if (file !== undefined && !this.beginsLike(file)) return 'begins with other bytes than when it was read before'
    if (this.packing !== undefined) return undefined
    const { size } = this
    if (size < to) return `has ${size} bytes now, and ${to} of it had been read before`
    if (sum === undefined || crc32(this.#tailBefore(to)) === sum) return undefined
    return `has other content before byte ${to} than was read there`
  }

  beginsLike({ head, headBytes }: FileMark): boolean {
    const begin = this.head(Math.min(HEAD, headBytes))
    return begin.length === headBytes && crc32(begin) === head
  }

  close(): void {
    closeSync(this.#file)
  }

  #tailBefore(place: number): Buffer {
    const bytes = tail.subarray(0, Math.min(TAIL, place))
    this.read(bytes, place - bytes.length)
    return bytes
  }

  #read(into: Buffer, offset: number, position: number): number {
    try {
      return readSync(this.#file, into, offset, into.length - offset, position)
    } catch (cause) {
      throw unreadable(this.path, cause)
    }
  }
}

/** Whether a file that was read to its end is the same, and has not grown since: then there is nothing to read. */
export function isAsItWasLeft(path: string, { isOver, file }: FilePosition): boolean {
  if (isOver === undefined || file === undefined || fileIdOf(path) !== file.id) return false
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.size === file.size && (file.mtimeMs === undefined || stats.mtimeMs === file.mtimeMs)
}

/** Another name in the same folder that leads to the file; undefined where its own name does, or none. */
export function movedTo(path: string, mark: FileMark): string | undefined {
  try {
    if (fileIdOf(path) === mark.id) return undefined
    const folder = dirname(path)
    return readdirSync(folder)
      .map((name) => join(folder, name))
      .find((other) => fileIdOf(other) === mark.id && statSync(other).size >= mark.headBytes)
  } catch {
    return undefined // what is wrong shows when it is opened
  }
}

/** Whether the bytes end a line: in UTF-16 a zero may follow the 10. */
function isLineEnd(bytes: Buffer): boolean {
  return bytes.at(-1) === NEWLINE || (bytes.at(-1) === 0 && bytes.at(-2) === NEWLINE)
}

function packingOf(bytes: Buffer): Packing | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8) return 'gzip'
  if (bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd) return 'zstd'
  return undefined
}
