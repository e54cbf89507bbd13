/**
 * JSON, Storm's own serializer: UTF-8, each message followed by a line `end`. What is sent is exact: one line, then
 * `end`. What comes may be pretty-printed, cut anywhere, have `\r\n` or blank lines, and stand behind text that
 * somebody printed: that text is stray.
 */
import { isUtf8 } from 'node:buffer'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { isMap } from '../../shape/guards.ts'
import { exactJson, parseExactJson } from '../../util/exact-json.ts'
import type { FromChild, ToChild } from './messages.ts'
import { type Abilities, plainValues } from './plain-values.ts'
import type { Decoder, EmitHead, Serializer, Sink, TupleHead } from './serializer.ts'
import { shown } from './shown.ts'

const END = '\nend\n'
const ABILITIES: Abilities = { bytesAndDates: false, anyText: true, longIntegers: true }
const BRACE = 123
/** Lines, and braces in a line, at which a message behind printed text is looked for. */
const MOST_ATTEMPTS = 64
/** Characters that this may read, beside twice the text. */
const MOST_CHARS = 1_000_000
const LONGEST_SHOWN = 500
/** Keys of a child's message, which printed text does not have. */
const MESSAGE_BEGUN = /"(?:command|anchors)"\s*:/
/** Longer than any end of a message: `\r\nend\r\n`. */
const OVERLAP = 8

/** @throws CANNOT_ENCODE */
function encode(message: ToChild | FromChild): string {
  return `${toJson(message)}${END}`
}

function makeJson(): Serializer {
  const heads = new WeakMap<TupleHead, string>()
  const emitHeads = new WeakMap<EmitHead, string>()
  return {
    name: 'json',
    encode,
    encodeTuple(id, source, values) {
      let head = heads.get(source)
      if (head === undefined) {
        head = `","comp":${JSON.stringify(source.component)},"stream":${JSON.stringify(source.stream)},"task":${source.task},"tuple":`
        heads.set(source, head)
      }
      return `{"id":"${id}${head}${toJson(plainValues(values, ABILITIES))}}${END}`
    },
    encodeEmit(emit, values, { anchors, id }) {
      let head = emitHeads.get(emit)
      if (head === undefined) {
        head = `${JSON.stringify({ command: 'emit', ...emit }).slice(0, -1)},`
        emitHeads.set(emit, head)
      }
      const tuple = toJson(plainValues(values, ABILITIES))
      const anchored = anchors === undefined ? '' : `"anchors":${JSON.stringify(anchors)},`
      const tracked = id === undefined ? '' : `"id":${JSON.stringify(id)},`
      return `${head}${anchored}${tracked}"tuple":${tuple}}${END}`
    },
    encodeSettled: (command, id) => `{"command":"${command}","id":${JSON.stringify(id)}}${END}`,
    decoder: (sink, maxBytes) => new JsonDecoder(sink, maxBytes),
  }
}

/** The serializer; it keeps nothing that one child could spoil for another. */
export const json: Serializer = makeJson()

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    // A bigint, which is rare.
  }
  try {
    return exactJson(value)
  } catch (cause) {
    throw new TyphoonError('CANNOT_ENCODE', `a value cannot be written as JSON: ${(cause as Error).message}`, { cause })
  }
}

class JsonDecoder implements Decoder {
  readonly #sink: Sink
  readonly #maxBytes: number
  /** The beginning of a message, in the pieces in which it came. */
  #pieces: Uint8Array[] = []
  #size = 0

  constructor(sink: Sink, maxBytes: number) {
    this.#sink = sink
    this.#maxBytes = maxBytes
  }

  push(bytes: Uint8Array): void {
    const known = this.#size
    this.#pieces.push(bytes)
    this.#size += bytes.length
    // Where nothing ends in the new bytes the pieces wait; a large message is put together once.
    const end = this.#endWithin(known)
    if (end === 0) {
      if (this.#size > this.#maxBytes) {
        const size = `${this.#size} bytes and more`
        throw broken(
          `a message of ${size} is over the limit of ${this.#maxBytes}`,
          this.#take().subarray(0, LONGEST_SHOWN),
        )
      }
      return
    }
    const all = this.#take()
    if (end < all.length) {
      this.#pieces = [all.subarray(end)]
      this.#size = all.length - end
    }
    this.#read(all.subarray(0, end))
  }

  end(): void {
    const rest = Buffer.from(this.#take()).toString()
    if (/(?:^|\n)end\r?$/.test(rest)) this.#readText(`${rest}\n`)
    else this.#printed(rest)
  }

  /** Where the last complete message ends, counted from the beginning of the pieces; 0: nowhere. */
  #endWithin(known: number): number {
    const last = this.#pieces.at(-1)!
    const overlap = Math.min(known, OVERLAP)
    const tail = overlap === 0 ? last : concat([this.#lastBytes(overlap), last])
    const buffer = Buffer.from(tail.buffer, tail.byteOffset, tail.length)
    const offset = known - overlap
    const at = Math.max(endOf(buffer, '\nend\n'), endOf(buffer, '\nend\r\n'), offset === 0 ? endAtStart(buffer) : 0)
    return at === 0 ? 0 : offset + at
  }

  #lastBytes(count: number): Uint8Array {
    const enough: Uint8Array[] = []
    for (let size = 0, at = this.#pieces.length - 2; size < count && at >= 0; at--) {
      enough.unshift(this.#pieces[at]!)
      size += this.#pieces[at]!.length
    }
    return concat(enough).subarray(-count)
  }

  #take(): Uint8Array {
    const all = this.#pieces.length === 1 ? this.#pieces[0]! : concat(this.#pieces)
    this.#pieces = []
    this.#size = 0
    return all
  }

  /** Whole messages. */
  #read(bytes: Uint8Array): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    if (isUtf8(text)) this.#readText(text.toString())
    else this.#readDamaged(text)
  }

  /** Hot. Each message is read by itself: two broken ones never make a good one. */
  #readText(text: string): void {
    const lines = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
    for (const frame of lines.split(END)) {
      if (frame === '') continue
      if (frame.length > this.#maxBytes) {
        throw broken(`a message of ${frame.length} characters is over the limit of ${this.#maxBytes}`, frame)
      }
      this.#readFrame(frame)
    }
  }

  /** Hot. */
  #readFrame(frame: string): void {
    if (frame.charCodeAt(0) !== BRACE && isNothing(frame)) return
    let value: unknown
    try {
      value = parseExactJson(frame)
    } catch (error) {
      if (error instanceof RangeError) throw broken(`a message cannot be read: ${error.message}`, frame)
      this.#readTolerantly(frame)
      return
    }
    this.#tell(value)
  }

  /** Hot. */
  #tell(value: unknown): void {
    if (isMap(value)) this.#sink.message(value as FromChild)
    else if (Array.isArray(value) && this.#sink.taskIds !== undefined) this.#sink.taskIds(value)
    else throw broken('a message is not a JSON object', shown(value))
  }

  /** What is good before the bad bytes still counts. */
  #readDamaged(bytes: Buffer): void {
    const text = bytes.toString('latin1')
    for (const frame of text.replaceAll('\r\n', '\n').split(END)) {
      const part = Buffer.from(frame, 'latin1')
      if (!isUtf8(part)) throw broken('a message is not valid UTF-8', part)
      this.#readFrame(part.toString())
    }
  }

  /** Printed text before a message, in lines of its own or in the same line; blank lines; an `end` too many. */
  #readTolerantly(frame: string): void {
    const text = frame.replace(/^(?:\s*\n|end\n)+/, '')
    const [from, message] = findMessage(text)
    // A message that was cut short by the next one was not printed: its tuple would be lost.
    if (message === undefined || MESSAGE_BEGUN.test(text.slice(0, from))) throw broken('a message is not JSON', text)
    this.#printed(text.slice(0, from))
    this.#sink.message(message)
  }

  #printed(text: string): void {
    for (const line of text.split('\n')) if (line.trim() !== '') this.#sink.stray(line.trimEnd())
  }
}

/** The message at the end of a text: it begins with a brace, at the beginning of a line if possible. */
function findMessage(text: string): [from: number, message: FromChild | undefined] {
  let chars = MOST_CHARS + 2 * text.length
  for (const pattern of [/^[ \t]*\{/gm, /\{/g]) {
    let attempts = 0
    for (const match of text.matchAll(pattern)) {
      chars -= text.length - match.index
      if (attempts++ >= MOST_ATTEMPTS || chars < 0) break
      try {
        const value = parseExactJson(text.slice(match.index))
        if (isMap(value)) return [match.index, value as FromChild]
      } catch {
        // It begins further on, or nowhere.
      }
    }
  }
  return [0, undefined]
}

/** Blank lines, and an `end` too many: some children print a million of them. */
function isNothing(frame: string): boolean {
  return frame.split('\n').every((line) => line.trim() === '' || line.trim() === 'end')
}

function broken(what: string, shown: Uint8Array | string): TyphoonError {
  const text = typeof shown === 'string' ? shown : Buffer.from(shown).toString('latin1')
  const cut = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
  return new TyphoonError('CHILD_PROTOCOL', `${what}: ${JSON.stringify(cut.trim())}`)
}

/** The offset after the last `mark`; 0 if there is none. */
function endOf(buffer: Buffer, mark: string): number {
  const at = buffer.lastIndexOf(mark)
  return at < 0 ? 0 : at + mark.length
}

/** The offset after an `end` at the very beginning, which ends an empty message. */
function endAtStart(buffer: Buffer): number {
  return /^end\r?\n/.exec(buffer.toString('latin1', 0, OVERLAP))?.[0].length ?? 0
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(pieces)
}
