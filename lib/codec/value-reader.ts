/**
 * Bytes to values: the sections `values` and `text` of a batch (see `format.ts`). Whatever the bytes are, it returns
 * values or throws BAD_FRAME; a claimed length is checked against the bytes that are there before anything is
 * allocated. Hot path.
 */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { MAX_DEPTH, MAX_ENTRIES } from '../values/unencodable.ts'
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

export class ValueReader {
  readonly #bytes: Buffer
  readonly #end: number
  readonly #text: string
  #at: number
  #textAt = 0

  /** Values stand from `start` to `end` of the bytes, the text from there on. */
  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#text = bytes.toString('latin1', end)
  }

  /** The values of one tuple. Small arrays as literals: packed, and no larger than they need to be. */
  values(): unknown[] {
    const start = this.#at
    const count = this.#length(1)
    if (count === 1) return [this.#value(0)]
    if (count === 2) return [this.#value(0), this.#value(0)]
    if (count > MAX_ENTRIES) throw badFrame(`a tuple claims ${count} values`, start)
    return this.#items(count, 0)
  }

  /** @throws BAD_FRAME where something is left over. */
  finish(): void {
    if (this.#at !== this.#end) throw badFrame(`${this.#end - this.#at} bytes too many after the values`, this.#at)
    const left = this.#text.length - this.#textAt
    if (left !== 0) throw badFrame(`${left} bytes too many in the text`, this.#end + this.#textAt)
  }

  #value(depth: number): unknown {
    const tag = this.#tag()
    if (tag < 0x80) return tag
    if (tag <= TAG_SHORT_STRING + SHORT_CHARACTERS) return this.#shortString(tag - TAG_SHORT_STRING)
    return this.#other(tag, depth)
  }

  #shortString(length: number): string {
    const start = this.#textAt
    if (start + length > this.#text.length) throw badFrame('the text ends within a string', this.#at)
    this.#textAt = start + length
    return this.#text.substring(start, start + length)
  }

  #other(tag: number, depth: number): unknown {
    switch (tag) {
      case TAG_INT32:
        return this.#bytes.readInt32LE(this.#skip(4))
      case TAG_DOUBLE:
        return this.#bytes.readDoubleLE(this.#skip(8))
      case TAG_LATIN1:
        return this.#string('latin1')
      case TAG_UTF8:
        return this.#string('utf8')
      case TAG_UTF16:
        return this.#string('utf16le')
      case TAG_TRUE:
        return true
      case TAG_FALSE:
        return false
      case TAG_NULL:
        return null
      case TAG_UNDEFINED:
        return undefined
      case TAG_DATE:
        return new Date(this.#bytes.readDoubleLE(this.#skip(8)))
      case TAG_BIGINT:
        return this.#bigint()
      case TAG_NEGATIVE_BIGINT:
        return -this.#bigint()
      case TAG_BYTES:
        return this.#memory(Uint8Array)
      case TAG_INT32_ARRAY:
        return this.#memory(Int32Array)
      case TAG_FLOAT64_ARRAY:
        return this.#memory(Float64Array)
      default:
        return this.#container(tag, depth)
    }
  }

  #container(tag: number, depth: number): unknown {
    if (tag < TAG_ARRAY || tag > TAG_SET) throw badFrame(`0x${tag.toString(16)} is not a known tag`, this.#at - 1)
    if (depth >= MAX_DEPTH) throw badFrame(`values are nested more than ${MAX_DEPTH} deep`, this.#at - 1)
    const perEntry = tag === TAG_OBJECT || tag === TAG_MAP ? 2 : 1
    const start = this.#at
    const count = this.#length(perEntry)
    if (count > MAX_ENTRIES) throw badFrame(`a container claims ${count} entries`, start)
    switch (tag) {
      case TAG_ARRAY:
        return this.#items(count, depth + 1)
      case TAG_OBJECT:
        return this.#object(count, depth + 1)
      case TAG_MAP: {
        const map = new Map<unknown, unknown>()
        for (let i = 0; i < count; i++) map.set(this.#value(depth + 1), this.#value(depth + 1))
        return map
      }
      default: {
        const set = new Set<unknown>()
        for (let i = 0; i < count; i++) set.add(this.#value(depth + 1))
        return set
      }
    }
  }

  #items(count: number, depth: number): unknown[] {
    const items = new Array<unknown>(count)
    for (let i = 0; i < count; i++) items[i] = this.#value(depth)
    return items
  }

  #object(count: number, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (let i = 0; i < count; i++) {
      const start = this.#at
      const key = this.#value(depth)
      if (typeof key !== 'string') throw badFrame('the key of an object is not a string', start)
      const value = this.#value(depth)
      // An assignment to __proto__ would change the prototype in place of making a property.
      if (key === '__proto__') {
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
      } else object[key] = value
    }
    return object
  }

  #string(encoding: 'latin1' | 'utf8' | 'utf16le'): string {
    const start = this.#at
    const length = this.#length(1)
    if (encoding === 'utf16le' && length % 2 !== 0) throw badFrame(`a UTF-16 string has ${length} bytes`, start)
    const at = this.#skip(length)
    return this.#bytes.toString(encoding, at, at + length)
  }

  #bigint(): bigint {
    const start = this.#at
    const digits = this.#string('latin1')
    if (!/^[0-9a-f]+$/.test(digits)) throw badFrame('the digits of a bigint are not hexadecimal', start)
    return BigInt('0x' + digits)
  }

  /** A copy: a view would keep the frame alive, and would have to be aligned. */
  #memory<A extends Uint8Array | Int32Array | Float64Array>(Type: {
    new (length: number): A
    BYTES_PER_ELEMENT: number
  }): A {
    const count = this.#length(Type.BYTES_PER_ELEMENT)
    const array = new Type(count)
    const at = this.#skip(array.byteLength)
    new Uint8Array(array.buffer).set(this.#bytes.subarray(at, at + array.byteLength))
    return array
  }

  #tag(): number {
    if (this.#at >= this.#end) throw badFrame('the values end too early', this.#at)
    return this.#bytes[this.#at++]!
  }

  /** Moves on by `bytes` and returns where they start. */
  #skip(bytes: number): number {
    const start = this.#at
    if (this.#end - start < bytes) throw badFrame(`a value of ${bytes} bytes has ${this.#end - start}`, start)
    this.#at = start + bytes
    return start
  }

  /** A varint that claims a number of things of at least `bytesEach`: refused if fewer bytes are left. */
  #length(bytesEach: number): number {
    const start = this.#at
    let length = this.#tag()
    if (length > 0x7f) {
      length &= 0x7f
      for (let factor = 0x80; ; factor *= 0x80) {
        const byte = this.#tag()
        length += (byte & 0x7f) * factor
        if (byte < 0x80) break
        if (factor === 0x80 ** 4) throw badFrame('a length takes more than 5 bytes', start)
      }
    }
    if (length * bytesEach > this.#end - this.#at) {
      throw badFrame(`a length of ${length} is claimed where ${this.#end - this.#at} bytes are left`, start)
    }
    return length
  }
}

/** `offset` counts from the start of the body. */
export function badFrame(what: string, offset: number): TyphoonError {
  return new TyphoonError('BAD_FRAME', `malformed tuples: ${what}, at offset ${offset}`, { where: { offset } })
}
