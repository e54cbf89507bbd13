/**
 * Values to bytes: the sections `values` and `text` of a batch (see `format.ts`). Keeps no reference to what it wrote.
 * Hot path: the scratch buffers live as long as the writer, and short strings and small numbers touch nothing else.
 */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { asSent, kindOf } from '../values/kinds.ts'
import { checkContainer, keyStep, Unencodable, within } from '../values/unencodable.ts'
import {
  SHORT_CHARACTERS,
  TAG_ARRAY,
  TAG_BIGINT,
  TAG_BYTES,
  TAG_DATE,
  TAG_DOUBLE,
  TAG_FALSE,
  TAG_FLOAT64_ARRAY,
  TAG_INT32,
  TAG_INT32_ARRAY,
  TAG_LATIN1,
  TAG_MAP,
  TAG_NEGATIVE_BIGINT,
  TAG_NULL,
  TAG_OBJECT,
  TAG_SET,
  TAG_SHORT_STRING,
  TAG_TRUE,
  TAG_UNDEFINED,
  TAG_UTF8,
  TAG_UTF16,
} from './format.ts'

const FIRST_SCRATCH_BYTES = 16 * 1024
/** A scratch buffer that one large tuple has grown beyond this is given back with the next reset. */
const KEPT_SCRATCH_BYTES = 1024 * 1024
/** Up to here a loop over the characters is quicker than a call into the encoder of Node.js. */
const LOOP_CHARACTERS = 64

export class ValueWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_SCRATCH_BYTES)
  end = 0
  text: Buffer = Buffer.allocUnsafeSlow(FIRST_SCRATCH_BYTES)
  textEnd = 0
  readonly #limit: number

  /** `limit`: no section may grow beyond this many bytes. */
  constructor(limit: number) {
    this.#limit = limit
  }

  reset(): void {
    this.end = 0
    this.textEnd = 0
    if (this.bytes.length > KEPT_SCRATCH_BYTES) this.bytes = Buffer.allocUnsafeSlow(FIRST_SCRATCH_BYTES)
    if (this.text.length > KEPT_SCRATCH_BYTES) this.text = Buffer.allocUnsafeSlow(FIRST_SCRATCH_BYTES)
  }

  /** @throws Unencodable, TUPLE_TOO_LARGE; what was written of the value so far is the caller's to roll back. */
  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.#string(value)
        break
      case 'number':
        this.#number(value)
        break
      case 'boolean':
        this.#byte(value ? TAG_TRUE : TAG_FALSE)
        break
      case 'undefined':
        this.#byte(TAG_UNDEFINED)
        break
      case 'object':
        if (value === null) this.#byte(TAG_NULL)
        else this.#object(value, depth)
        break
      case 'bigint':
        this.#bigint(value)
        break
      default:
        throw new Unencodable(`is a ${typeof value}`)
    }
  }

  /** A number below 2^32 in groups of seven bits, lowest first, the high bit saying that more follow. */
  varint(value: number): void {
    this.#reserve(5)
    while (value > 0x7f) {
      this.bytes[this.end++] = (value & 0x7f) | 0x80
      value >>>= 7
    }
    this.bytes[this.end++] = value
  }

  #byte(byte: number): void {
    if (this.end === this.bytes.length) this.#reserve(1)
    this.bytes[this.end++] = byte
  }

  #number(value: number): void {
    const whole = value | 0
    if (whole !== value || (whole === 0 && Object.is(value, -0))) {
      this.#double(TAG_DOUBLE, value)
    } else if (whole >= 0 && whole < 0x80) {
      this.#byte(whole)
    } else {
      this.#reserve(5)
      this.bytes[this.end] = TAG_INT32
      this.bytes.writeInt32LE(whole, this.end + 1)
      this.end += 5
    }
  }

  #double(tag: number, value: number): void {
    this.#reserve(9)
    this.bytes[this.end] = tag
    this.bytes.writeDoubleLE(value, this.end + 1)
    this.end += 9
  }

  #string(value: string): void {
    if (value.length > SHORT_CHARACTERS || !this.#shortString(value)) this.#longString(value)
  }

  /** Writes to the text section; false, with nothing written, if a character does not fit into a byte. */
  #shortString(value: string): boolean {
    const length = value.length
    if (this.textEnd + SHORT_CHARACTERS > this.text.length) {
      this.text = this.#grown(this.text, this.textEnd, SHORT_CHARACTERS)
    }
    const text = this.text
    const start = this.textEnd
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (unit > 0xff) return false
      text[start + i] = unit
    }
    this.textEnd = start + length
    this.#byte(TAG_SHORT_STRING + length)
    return true
  }

  /** What does not go into the text section: a byte per character where they allow it, UTF-8, or UTF-16. */
  #longString(value: string): void {
    const length = value.length
    if (length <= LOOP_CHARACTERS) {
      this.#reserve(2 + length)
      const bytes = this.bytes
      const start = this.end + 2 // up to 64 characters the varint of the length is one byte
      let i = 0
      for (; i < length; i++) {
        const unit = value.charCodeAt(i)
        if (unit > 0xff) break
        bytes[start + i] = unit
      }
      if (i === length) {
        bytes[this.end] = TAG_LATIN1
        bytes[this.end + 1] = length
        this.end = start + length
        return
      }
    }
    if (length > this.#limit) throw tooLarge(this.#limit)
    const utf8Bytes = Buffer.byteLength(value)
    if (utf8Bytes === length) this.#encoded(TAG_LATIN1, value, 'latin1', length)
    else if (LONE_SURROGATE.test(value)) this.#encoded(TAG_UTF16, value, 'utf16le', 2 * length)
    else this.#encoded(TAG_UTF8, value, 'utf8', utf8Bytes)
  }

  #encoded(tag: number, value: string, encoding: BufferEncoding, length: number): void {
    this.#byte(tag)
    this.varint(length)
    this.#reserve(length)
    this.bytes.write(value, this.end, length, encoding)
    this.end += length
  }

  #bigint(value: bigint): void {
    const negative = value < 0n
    const digits = (negative ? -value : value).toString(16)
    this.#encoded(negative ? TAG_NEGATIVE_BIGINT : TAG_BIGINT, digits, 'latin1', digits.length)
  }

  #object(value: object, depth: number): void {
    switch (kindOf(value)) {
      case 'array':
        this.#array(value as unknown[], depth)
        break
      case 'plain':
        this.#plain(value as Record<string, unknown>, depth)
        break
      case 'bytes':
        this.#memory(TAG_BYTES, value as Uint8Array, (value as Uint8Array).length)
        break
      case 'int32s':
        this.#memory(TAG_INT32_ARRAY, value as Int32Array, (value as Int32Array).length)
        break
      case 'float64s':
        this.#memory(TAG_FLOAT64_ARRAY, value as Float64Array, (value as Float64Array).length)
        break
      case 'date':
        this.#double(TAG_DATE, (value as Date).getTime())
        break
      case 'map':
        this.#map(value as Map<unknown, unknown>, depth)
        break
      case 'set':
        this.#set(value as Set<unknown>, depth)
        break
      case 'instance':
        this.#instance(value, depth)
    }
  }

  /** The memory of a typed array as it is, wherever it lies. */
  #memory(tag: number, array: ArrayBufferView, length: number): void {
    this.#byte(tag)
    this.varint(length)
    this.#reserve(array.byteLength)
    this.bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), this.end)
    this.end += array.byteLength
  }

  #array(items: readonly unknown[], depth: number): void {
    const length = items.length
    this.#open(TAG_ARRAY, items, length, length, depth)
    let index = 0
    try {
      for (; index < length; index++) this.value(items[index], depth + 1)
    } catch (error) {
      throw within(error, items, `[${index}]`)
    }
  }

  #plain(object: Record<string, unknown>, depth: number): void {
    const keys = Object.keys(object)
    this.#open(TAG_OBJECT, object, keys.length, 2 * keys.length, depth)
    let key = ''
    try {
      for (key of keys) {
        this.#string(key)
        this.value(object[key], depth + 1)
      }
    } catch (error) {
      throw within(error, object, keyStep(key))
    }
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    const size = map.size
    this.#open(TAG_MAP, map, size, 2 * size, depth)
    let entry = 0
    try {
      for (const [key, value] of map) {
        this.value(key, depth + 1)
        this.value(value, depth + 1)
        entry++
      }
    } catch (error) {
      throw within(error, map, `.entry(${entry})`)
    }
    if (entry !== size) throw new Unencodable('changed while it was encoded')
  }

  #set(set: ReadonlySet<unknown>, depth: number): void {
    const size = set.size
    this.#open(TAG_SET, set, size, size, depth)
    let entry = 0
    try {
      for (const value of set) {
        this.value(value, depth + 1)
        entry++
      }
    } catch (error) {
      throw within(error, set, `.entry(${entry})`)
    }
    if (entry !== size) throw new Unencodable('changed while it was encoded')
  }

  #instance(value: object, depth: number): void {
    checkContainer(value, 1, depth)
    const sent = asSent(value)
    try {
      this.value(sent, depth + 1)
    } catch (error) {
      throw within(error, value, '.toJSON()')
    }
  }

  /**
   * Tag and length of a container whose entries take `atLeast` bytes: what cannot fit is refused before it is tried.
   */
  #open(tag: number, container: object, entries: number, atLeast: number, depth: number): void {
    if (this.end + atLeast > this.#limit) throw tooLarge(this.#limit)
    checkContainer(container, entries, depth)
    this.#byte(tag)
    this.varint(entries)
  }

  #reserve(bytes: number): void {
    if (this.end + bytes > this.bytes.length) this.bytes = this.#grown(this.bytes, this.end, bytes)
  }

  #grown(scratch: Buffer, used: number, more: number): Buffer {
    // Some room beyond the limit, because callers reserve by the upper bound of what they write.
    if (used + more > this.#limit + SHORT_CHARACTERS) throw tooLarge(this.#limit)
    const larger = Buffer.allocUnsafeSlow(Math.max(used + more, 2 * scratch.length))
    larger.set(scratch.subarray(0, used))
    return larger
  }
}

/** A surrogate without its other half: with the `u` flag a whole pair does not match. */
const LONE_SURROGATE = /[\ud800-\udfff]/u

/** The error of what does not fit into `limit` bytes. */
export function tooLarge(limit: number): TyphoonError {
  return new TyphoonError('TUPLE_TOO_LARGE', `it does not fit into a frame of ${limit} bytes`, {
    hint: 'raise topology.frame.max.bytes, or make the tuple smaller',
  })
}
