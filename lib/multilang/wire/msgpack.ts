/**
 * msgpack (https://github.com/msgpack/msgpack/blob/master/spec.md): messages back to back, with nothing between them,
 * as pystorm and pyleus do it. The library decodes; where a message ends in bytes that are cut anywhere is found out
 * here, so that nothing is decoded twice.
 */
import { decode, encode } from '@msgpack/msgpack'
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import { isMap } from '../../shape/guards.ts'
import { mayBeRounded } from '../../util/exact-json.ts'
import { kindOf } from '../../values/kinds.ts'
import { MAX_DEPTH } from '../../values/unencodable.ts'
import type { FromChild, ToChild } from './messages.ts'
import { type Abilities, plainValues } from './plain-values.ts'
import type { Decoder, Serializer, Sink } from './serializer.ts'

const ABILITIES: Abilities = { bytesAndDates: true, anyText: false, longIntegers: false }
const LONGEST_SHOWN = 64

export const msgpack: Serializer = {
  name: 'msgpack',
  encode: (message: ToChild | FromChild) => packed(message),
  encodeTuple(id, { component, stream, task }, tuple) {
    return packed({ id, comp: component, stream, task, tuple: plainValues(tuple, ABILITIES) })
  },
  encodeEmit(head, tuple, origin) {
    return packed({ command: 'emit', ...head, ...origin, tuple: plainValues(tuple, ABILITIES) })
  },
  encodeSettled: (command, id) => packed({ command, id }),
  decoder: (sink, maxBytes) => new MsgpackDecoder(sink, maxBytes),
}

function packed(message: unknown): Uint8Array {
  try {
    return encode(message)
  } catch {
    // A bigint, which is rare. With it the library writes whole numbers of more than 32 bits as floating point, unless
    // they are bigints too.
    return encode(mapped(message, widened), { useBigInt64: true })
  }
}

function unpacked(bytes: Uint8Array): unknown {
  const value = decode(bytes)
  return mayBeRounded(value) ? mapped(decode(bytes, { useBigInt64: true }), narrowed) : value
}

function widened(value: unknown): unknown {
  return Number.isSafeInteger(value) ? BigInt(value as number) : value
}

function narrowed(value: unknown): unknown {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** A value with another one in the place of each that is neither a list nor a map. */
function mapped(value: unknown, leaf: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapped(item, leaf))
  if (typeof value !== 'object' || value === null || kindOf(value) !== 'plain') return leaf(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item, leaf)]))
}

class MsgpackDecoder implements Decoder {
  readonly #sink: Sink
  readonly #maxBytes: number
  readonly #scan = new MessageScan()
  #pieces: Uint8Array[] = []

  constructor(sink: Sink, maxBytes: number) {
    this.#sink = sink
    this.#maxBytes = maxBytes
  }

  push(bytes: Uint8Array): void {
    let rest = bytes
    while (rest.length > 0) {
      const end = this.#scan.feed(rest)
      if (this.#scan.size > this.#maxBytes) throw broken(`a message is over the limit of ${this.#maxBytes} bytes`, rest)
      if (end === undefined) {
        this.#pieces.push(rest)
        return
      }
      const last = rest.subarray(0, end)
      const message = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last])
      this.#pieces = []
      rest = rest.subarray(end)
      this.#read(message)
    }
  }

  end(): void {
    if (this.#pieces.length === 0) return
    this.#sink.stray(`${Buffer.concat(this.#pieces).length} bytes of a message that did not end`)
    this.#pieces = []
  }

  #read(bytes: Uint8Array): void {
    let value: unknown
    try {
      value = unpacked(bytes)
    } catch (error) {
      throw broken(`a message is not msgpack (${messageOf(error)})`, bytes)
    }
    if (isMap(value)) this.#sink.message(value as FromChild)
    else if (Array.isArray(value) && this.#sink.taskIds !== undefined) this.#sink.taskIds(value)
    // What somebody printed comes as small numbers, one for each letter.
    else throw broken('a message is not a map; something printed to stdout?', bytes)
  }
}

/** What the bytes of one value are made of, by its first byte: so many bytes follow, then so many values. */
interface Shape {
  /** Bytes of the length that stands behind the first byte. */
  readonly lengthBytes: number
  /** Bytes beside the first one and the length. */
  readonly fixed: number
  /** What the length counts: bytes, values, or pairs of values. */
  readonly counts: 0 | 1 | 2
}

const NO_LENGTH = { lengthBytes: 0, counts: 0 } as const

/** Finds the end of one message in pieces, by the lengths alone. */
class MessageScan {
  /** Bytes of the message so far. */
  size = 0
  /** Values that are still to come, for each open list or map. */
  #open: number[] = [1]
  /** Bytes to be passed over. */
  #skip = 0
  #shape: Shape | undefined
  #lengthLeft = 0
  #length = 0

  /** @returns where the message ends in `bytes`; undefined: not in these. @throws CHILD_PROTOCOL */
  feed(bytes: Uint8Array): number | undefined {
    if (this.#open.length === 0) this.#begin()
    let at = 0
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.length - at)
        this.#skip -= step
        at += step
      } else if (this.#lengthLeft > 0) {
        this.#length = this.#length * 256 + bytes[at++]!
        if (--this.#lengthLeft === 0) this.#enter(this.#shape!, this.#length)
      } else this.#first(bytes[at++]!)
      if (this.#skip === 0 && this.#lengthLeft === 0 && this.#close()) {
        this.size += at
        return at
      }
    }
    this.size += bytes.length
    return undefined
  }

  #begin(): void {
    this.size = 0
    this.#open = [1]
  }

  #first(byte: number): void {
    this.#open[this.#open.length - 1]!--
    if (byte <= 0x7f || byte >= 0xe0) return
    if (byte <= 0x8f) this.#nest((byte & 15) * 2)
    else if (byte <= 0x9f) this.#nest(byte & 15)
    else if (byte <= 0xbf) this.#skip = byte & 31
    else {
      const shape = SHAPES[byte - 0xc0]!
      if (shape.lengthBytes === 0) this.#skip = shape.fixed
      else {
        this.#shape = shape
        this.#length = 0
        this.#lengthLeft = shape.lengthBytes
      }
    }
  }

  #enter({ counts, fixed }: Shape, length: number): void {
    if (counts === 0) this.#skip = length + fixed
    else this.#nest(length * counts)
  }

  #nest(values: number): void {
    if (this.#open.length >= MAX_DEPTH) throw broken(`a message is nested deeper than ${MAX_DEPTH}`, new Uint8Array())
    if (values > 0) this.#open.push(values)
  }

  /** Closes what is complete. @returns whether the whole message is */
  #close(): boolean {
    while (this.#open.length > 0 && this.#open.at(-1) === 0) this.#open.pop()
    return this.#open.length === 0
  }
}

/** The shapes of the tags 0xc0 to 0xdf. */
const SHAPES: readonly Shape[] = [
  ...[0, 0, 0, 0].map((fixed) => ({ ...NO_LENGTH, fixed })),
  ...[1, 2, 4].map((lengthBytes) => ({ lengthBytes, fixed: 0, counts: 0 }) as const),
  ...[1, 2, 4].map((lengthBytes) => ({ lengthBytes, fixed: 1, counts: 0 }) as const),
  ...[4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17].map((fixed) => ({ ...NO_LENGTH, fixed })),
  ...[1, 2, 4].map((lengthBytes) => ({ lengthBytes, fixed: 0, counts: 0 }) as const),
  ...[2, 4].map((lengthBytes) => ({ lengthBytes, fixed: 0, counts: 1 }) as const),
  ...[2, 4].map((lengthBytes) => ({ lengthBytes, fixed: 0, counts: 2 }) as const),
]

function broken(what: string, bytes: Uint8Array): TyphoonError {
  const shown = Buffer.from(bytes.subarray(0, LONGEST_SHOWN)).toString('latin1')
  return new TyphoonError('CHILD_PROTOCOL', `${what}: ${JSON.stringify(shown)}`)
}
