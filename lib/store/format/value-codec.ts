/**
 * Values ⇄ bytes, for the store: what the wire carries, and the kinds of records that whoever opens a store brings
 * along. Small numbers, which is what counts are, take two or three bytes; everything but scalars and those records is
 * the text form of `values/text.ts`.
 *
 * Hot: twice for each key of a batch. One buffer is written again and again, so that nothing is allocated for a value.
 */
import { decode, encode } from '../../values/text.ts'
import type { RecordKind } from './store-options.ts'

/** Part of the format of the store: never renumber. */
const TAG = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** A whole number, zigzag, 7 bits a byte. */
  integer: 4,
  float: 5,
  /** ASCII, with its length before it. */
  text: 6,
  /** UTF-8 of the text form, with its length before it. */
  encoded: 8,
} as const

const SHORT_TEXT = 100
/** Whole numbers from here up, and -0, are written as floats, which hold them just as well. */
const LARGEST = 0x4000_0000
/** What any scalar takes at most. */
const ROOM = 128
/** The initial size of the buffer. */
const BYTES = 65_536

/** Writes values into a buffer that grows. */
export class ValueWriter {
  /** Valid up to `length`, until the next value. */
  buffer: Buffer
  length = 0
  readonly #kinds: readonly RecordKind[]

  constructor(kinds: readonly RecordKind[]) {
    this.#kinds = kinds
    this.buffer = Buffer.allocUnsafeSlow(BYTES)
  }

  /** @throws CANNOT_ENCODE what the wire does not carry either */
  write(value: unknown): void {
    if (this.length + ROOM > this.buffer.length) this.#grow(ROOM)
    if (typeof value === 'number') this.#number(value)
    else if (typeof value === 'object' && value !== null) this.#object(value)
    else this.#other(value)
  }

  #object(value: object): void {
    const kinds = this.#kinds
    for (let i = 0; i < kinds.length; i++) {
      const kind = kinds[i]!
      if (!(value instanceof kind.type)) continue
      this.buffer[this.length++] = kind.tag
      kind.write(value, this)
      return
    }
    this.#encoded(value)
  }

  #number(value: number): void {
    const { buffer } = this
    if (Number.isInteger(value) && value < LARGEST && value > -LARGEST && !Object.is(value, -0)) {
      buffer[this.length++] = TAG.integer
      this.#varint(value < 0 ? -value * 2 - 1 : value * 2)
    } else {
      buffer[this.length] = TAG.float
      buffer.writeDoubleLE(value, this.length + 1)
      this.length += 9
    }
  }

  #varint(rest: number): void {
    const { buffer } = this
    while (rest > 127) {
      buffer[this.length++] = (rest & 127) | 128
      rest >>>= 7
    }
    buffer[this.length++] = rest
  }

  #other(value: unknown): void {
    if (value === undefined) this.buffer[this.length++] = TAG.undefined
    else if (value === null) this.buffer[this.length++] = TAG.null
    else if (typeof value === 'boolean') this.buffer[this.length++] = value ? TAG.true : TAG.false
    else if (typeof value === 'string' && value.length <= SHORT_TEXT && this.#text(value)) return
    else this.#encoded(value)
  }

  /** False, and nothing written, unless it is ASCII. */
  #text(text: string): boolean {
    const { buffer } = this
    let at = this.length
    buffer[at++] = TAG.text
    buffer[at++] = text.length
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 127) return false
      buffer[at++] = unit
    }
    this.length = at
    return true
  }

  #encoded(value: unknown): void {
    const text = encode(value, 'a value of a state')
    const bytes = Buffer.byteLength(text)
    if (this.length + bytes + ROOM > this.buffer.length) this.#grow(bytes + ROOM)
    this.buffer[this.length++] = TAG.encoded
    this.#varint(bytes)
    this.length += this.buffer.write(text, this.length)
  }

  #grow(room: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.length + room))
    this.buffer.copy(larger, 0, 0, this.length)
    this.buffer = larger
  }
}

/**
 * Reads what a ValueWriter wrote. The bytes may be anything: it throws a RangeError or a SyntaxError, and never reads
 * beyond their end.
 */
export class ValueReader {
  #bytes: Uint8Array = new Uint8Array(0)
  #at = 0
  #end = 0
  readonly #kinds: readonly RecordKind[]

  constructor(kinds: readonly RecordKind[]) {
    this.#kinds = kinds
  }

  /** Reads from `start` to `end` from now on. */
  open(bytes: Uint8Array, start: number, end: number): this {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    return this
  }

  /** The last value. */
  last(): unknown {
    const value = this.next()
    if (this.#at !== this.#end) throw new RangeError(`${this.#end - this.#at} bytes too many`)
    return value
  }

  /** The next value. */
  next(): unknown {
    const tag = this.#byte()
    switch (tag) {
      case TAG.integer:
        return this.#integer()
      case TAG.undefined:
        return undefined
      case TAG.null:
        return null
      case TAG.false:
        return false
      case TAG.true:
        return true
      case TAG.float:
        return Buffer.prototype.readDoubleLE.call(this.#bytes, this.#take(8))
      case TAG.text:
        return this.#string('latin1', this.#byte())
      case TAG.encoded:
        return decode(this.#string('utf8', this.#varint()))
      default:
        return this.#record(tag)
    }
  }

  #record(tag: number): object {
    const kinds = this.#kinds
    for (let i = 0; i < kinds.length; i++) if (kinds[i]!.tag === tag) return kinds[i]!.read(this)
    throw new RangeError('an unknown kind of value')
  }

  #integer(): number {
    const twice = this.#varint()
    return twice % 2 === 0 ? twice / 2 : -(twice + 1) / 2
  }

  #varint(): number {
    let value = 0
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.#byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw new RangeError('a number with too many bytes')
  }

  #string(encoding: 'latin1' | 'utf8', length: number): string {
    const start = this.#take(length)
    return Buffer.prototype.toString.call(this.#bytes, encoding, start, start + length)
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] as number
  }

  #take(length: number): number {
    const start = this.#at
    if (length > this.#end - start) throw new RangeError('the value ends too soon')
    this.#at = start + length
    return start
  }
}
