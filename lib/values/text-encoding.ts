/**
 * How the bytes of a text file become lines: what a byte order mark says, else what the user says, else UTF-8.
 *
 * Encodings are those of the WHATWG (TextDecoder). A line break is sought in the bytes, before they are decoded, so no
 * character is cut at the border of two blocks: in UTF-16 it is two bytes, in all others the byte 10, which no other
 * character contains. A mark at the beginning of a file is not part of its text, and wins over what the user said, as
 * everywhere on the web.
 */
import { TyphoonError } from '../errors/typhoon-error.ts'

const REPLACEMENT = '\uFFFD'
const NEWLINE = 10
const RETURN = 13
const UTF8_REPLACEMENT = Buffer.from(REPLACEMENT)

/** Bytes of a file that tell its encoding. */
export const MARK_BYTES = 3

/**
 * An encoding that a file can have, by the name that TextDecoder gives it; `latin1`: each byte is the character of its
 * number.
 */
export type TextEncoding = string

/** The encoding's own name; it is the option of that name. @throws CONSTRUCTOR_FAILED if it is unknown */
export function checkEncoding(what: string, label: string): TextEncoding {
  if (typeof label === 'string' && /^(latin1|iso-?8859-?1)$/i.test(label)) return 'latin1'
  try {
    if (typeof label !== 'string') throw new RangeError()
    return new TextDecoder(label).encoding
  } catch {
    const wanted = 'an encoding that TextDecoder knows, such as utf-8, utf-16le, latin1, windows-1252 or shift_jis'
    const shown = JSON.stringify(label) ?? String(label)
    const where = { path: 'encoding' }
    throw new TyphoonError('CONSTRUCTOR_FAILED', `${what} must be ${wanted}, not ${shown}`, { where })
  }
}

/** The text of a file. */
export class TextFormat {
  readonly encoding: TextEncoding
  /** Where the text begins: after the byte order mark. */
  readonly begin: number
  /** Bytes of a line break, and which of them is the 10. */
  readonly #unit: 1 | 2
  readonly #at: 0 | 1
  readonly #decoder: InstanceType<typeof TextDecoder> | undefined

  /** @param head the first bytes of the file @param encoding where they do not tell */
  constructor(head: Uint8Array, encoding: TextEncoding) {
    const marked = markOf(head)
    this.encoding = marked ?? encoding
    this.begin = marked === undefined ? 0 : marked === 'utf-8' ? 3 : 2
    this.#unit = this.encoding.startsWith('utf-16') ? 2 : 1
    this.#at = this.encoding === 'utf-16be' ? 1 : 0
    const byBuffer = this.encoding === 'utf-8' || this.encoding === 'latin1'
    this.#decoder = byBuffer ? undefined : new TextDecoder(this.encoding, { ignoreBOM: true })
  }

  get newlineBytes(): number {
    return this.#unit
  }

  /** Where the next line break begins, from a place on that is at a whole character; -1 where there is none. Hot. */
  newlineIn(bytes: Buffer, from: number): number {
    if (this.#unit === 1) return bytes.indexOf(NEWLINE, from)
    for (let at = bytes.indexOf(NEWLINE, from); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
      const first = at - this.#at
      if (first >= from && (first - from) % 2 === 0 && first + 1 < bytes.length && bytes[at + 1 - 2 * this.#at] === 0)
        return first
    }
    return -1
  }

  /** The bytes as text, without a carriage return at their end. Hot. */
  text(bytes: Buffer, start: number, end: number): string {
    const stop = this.#endsInReturn(bytes, start, end) ? end - this.#unit : end
    if (this.#decoder !== undefined) return decode(this.#decoder, bytes.subarray(start, stop))
    return bytes.toString(this.encoding as 'utf-8' | 'latin1', start, stop)
  }

  /** How many places of these bytes are not text, each a U+FFFD in what `text` has made of them. Hot. */
  invalidIn(text: string, bytes: Buffer, start: number, end: number): number {
    if (!text.includes(REPLACEMENT)) return 0
    return text.split(REPLACEMENT).length - 1 - this.#genuine(bytes.subarray(start, end))
  }

  /** Replacement characters that stand in the file as such. */
  #genuine(bytes: Buffer): number {
    let count = 0
    if (this.encoding === 'utf-8') {
      for (let at = bytes.indexOf(UTF8_REPLACEMENT); at >= 0; at = bytes.indexOf(UTF8_REPLACEMENT, at + 3)) count++
    } else if (this.#unit === 2) {
      for (let at = 0; at + 1 < bytes.length; at += 2) {
        if (bytes[at + this.#at] === 0xfd && bytes[at + 1 - this.#at] === 0xff) count++
      }
    }
    return count
  }

  #endsInReturn(bytes: Buffer, start: number, end: number): boolean {
    if (end - start < this.#unit) return false
    if (this.#unit === 1) return bytes[end - 1] === RETURN
    return bytes[end - 2 + this.#at] === RETURN && bytes[end - 1 - this.#at] === 0
  }
}

/**
 * All of a text, without its byte order mark; and how many places of it are not valid in its encoding.
 * @param encoding where no mark tells it
 */
export function decodeText(
  bytes: Buffer,
  encoding: TextEncoding = 'utf-8',
): { readonly text: string; readonly encoding: TextEncoding; readonly invalid: number } {
  const format = new TextFormat(bytes.subarray(0, MARK_BYTES), encoding)
  const body = bytes.subarray(format.begin)
  const text =
    format.encoding === 'latin1'
      ? body.toString('latin1')
      : decode(new TextDecoder(format.encoding, { ignoreBOM: true }), body)
  return { text, encoding: format.encoding, invalid: format.invalidIn(text, body, 0, body.length) }
}

/**
 * Node 20 to 22 take windows-1252 for latin1, but not in a stream; in that encoding no character is cut, so nothing is
 * left behind in one.
 */
function decode(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string {
  return decoder.decode(bytes, { stream: decoder.encoding === 'windows-1252' })
}

function markOf([a, b, c]: Uint8Array): TextEncoding | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  return undefined
}
