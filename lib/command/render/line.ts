/**
 * Lines of text with styles, as data: what is rendered says what it is, and the colours and the width of a terminal
 * come in last, in `toText`; there too every text is made printable, whoever wrote it. Nothing here knows a terminal.
 */
import { styleText } from 'node:util'
import { printable, printableLines, printableStack } from '../../words/printable.ts'

/** How a piece of a line is shown. */
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green'

/** A piece of a line. */
export interface Span {
  readonly text: string
  readonly style?: Style
}

export type Line = readonly Span[]

/** What lines are written on. */
export interface Paper {
  readonly color: boolean
  /** Cells of a line; what does not fit is cut off. No limit unless given. */
  readonly columns?: number
}

/** Characters that fill two cells of a terminal: East Asian wide ones and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
/** Characters that fill none: accents that join the letter before them. */
const JOINING = /\p{Mn}|\u200d/u

/** A line without styles. */
export function plain(text: string): Line {
  return [{ text }]
}

/** A piece of a line. @param style none where it is left out or undefined */
export function span(text: string, style?: Style): Span {
  return style === undefined ? { text } : { text, style }
}

/** The lines of a text of somebody else's, without styles: each but the first has a margin. */
export function textLines(text: string): Line[] {
  return printableLines(text).map(plain)
}

/** The lines of a stack. */
export function stackLines(stack: string): Line[] {
  return printableStack(stack).map(plain)
}

/** Cells that a text fills once it is printable. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of printable(text)) width += JOINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return width
}

/** Cells that a line fills. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + displayWidth(text), 0)
}

/** A text, printable, of at most this many cells, with an ellipsis where it was cut. */
export function crop(text: string, width: number): string {
  if (displayWidth(text) <= width) return printable(text)
  if (width < 1) return ''
  let kept = ''
  let used = 1
  for (const character of printable(text)) {
    used += displayWidth(character)
    if (used > width) break
    kept += character
  }
  return `${kept}…`
}

/** The lines as text, with a line break between them and none at the end. */
export function toText(lines: readonly Line[], { color, columns = Number.POSITIVE_INFINITY }: Paper): string {
  return lines.map((line) => lineText(line, color, columns)).join('\n')
}

/**
 * Whether to write colours: FORCE_COLOR says yes (`0` says no), NO_COLOR says no, else a terminal that is not dumb
 * decides.
 */
export function wantsColor(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = env
  if (force !== undefined) return force !== '0' && force !== 'false'
  if (no !== undefined && no !== '') return false
  return isTerminal && term !== 'dumb'
}

function lineText(line: Line, color: boolean, columns: number): string {
  let left = columns
  let text = ''
  for (const span of line) {
    if (left <= 0) break
    const part = crop(span.text, left)
    left -= displayWidth(part)
    // Whether there are colours is decided already, and not by what stdout is.
    text += color && span.style !== undefined ? styleText(span.style, part, { validateStream: false }) : part
  }
  return color ? text : text.trimEnd()
}
