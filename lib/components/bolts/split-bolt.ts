/** Splits a text into words. */

import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import { BasicBolt, type BasicOutputCollector, fields, type Tuple } from '../../index.ts'
import { checkText } from '../../shape/check-argument.ts'

interface Word {
  word: string
}

const WHITE_SPACE = '\\s+'

/** Splits the first value of each tuple, a string; empty strings are left out. Field `word`. */
export class SplitBolt extends BasicBolt<any, Word> {
  override readonly outputs = fields<Word>('word')
  /** `undefined` for white space, which is scanned for by hand. */
  readonly #separator: RegExp | undefined

  /**
   * @param separator a regular expression (of the Unicode kind) for what stands between words; left out: white space
   */
  constructor(separator = WHITE_SPACE) {
    super()
    checkText('the separator of a SplitBolt', separator, '[0]')
    this.#separator = separator === WHITE_SPACE ? undefined : expressionOf(separator)
  }

  override execute(tuple: Tuple, collector: BasicOutputCollector<Word>): void {
    const text: unknown = tuple.values[0]
    if (typeof text !== 'string') {
      throw new TyphoonError(
        'EXECUTE_FAILED',
        `SplitBolt splits text, but the first value of the tuple is of type ${typeof text}`,
      )
    }
    if (this.#separator === undefined) {
      emitWords(text, collector)
      return
    }
    for (const word of text.split(this.#separator)) {
      if (word !== undefined && word !== '') collector.emit([word]) // undefined: a group of the expression without a match
    }
  }
}

/** Hot. A quarter faster than `text.split(/\s+/)`, and a long line needs no array of all its words. */
function emitWords(text: string, collector: BasicOutputCollector<Word>): void {
  const { length } = text
  for (let at = 0; at < length; ) {
    while (at < length && isWhiteSpace(text.charCodeAt(at))) at++
    const start = at
    while (at < length && !isWhiteSpace(text.charCodeAt(at))) at++
    if (at > start) collector.emit([text.slice(start, at)])
  }
}

/** The characters of `\s` in ECMAScript: WhiteSpace and LineTerminator. */
function isWhiteSpace(code: number): boolean {
  if (code < 0xa0) return code === 0x20 || (code >= 0x09 && code <= 0x0d)
  if (code < 0x2000) return code === 0xa0 || code === 0x1680
  return (
    code <= 0x200a ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  )
}

function expressionOf(separator: string): RegExp {
  try {
    return new RegExp(separator, 'u')
  } catch (cause) {
    throw new TyphoonError(
      'CONSTRUCTOR_FAILED',
      `the separator of a SplitBolt is not a regular expression: ${messageOf(cause)}`,
      { where: { path: '[0]' }, cause },
    )
  }
}
