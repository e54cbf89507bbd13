/**
 * Which line of a YAML file that does not parse is indented wrongly, if one is. A parser goes on with what it takes the
 * line for, and so tells something else of it, often of the line before. This knows only what people write by hand:
 * maps and lists in blocks; in the middle of anything else it finds nothing.
 */

/** A line that fits none of those before it. */
export interface Misfit {
  /** The line, from 1 up. */
  readonly line: number
  /** Blanks before its text. */
  readonly indentation: number
  readonly message: string
}

/** Matches a line after which a deeper one may follow. */
const OPENS = /(?:^|\s)-$|:(?:\s+[&!]\S+)*$|^(?:-\s+)*[&!]\S+$/
/** A text of several lines, whose indentation does not matter. */
const BLOCK_TEXT = /(?:^|[\s:-])[|>][-+\d]*$/
const DASH = /^-\s+/

/** @param near the line at which the parser has given up: it is that one, or the one behind it */
export function misfitNear(lines: readonly string[], near: number): Misfit | undefined {
  const open: number[] = []
  let mayDeepen = true
  let textDeeperThan: number | undefined
  for (const [index, whole] of lines.entries()) {
    if (index > near) return undefined
    const line = whole.replace(/\s+#.*$/, '').trimEnd()
    const indentation = line.length - line.trimStart().length
    if (line === '' || /^\s*(?:#|---|\.\.\.|%)/.test(line)) continue
    if (textDeeperThan !== undefined && indentation > textDeeperThan) continue
    textDeeperThan = undefined
    const fits = fitsIn(open, indentation, mayDeepen)
    if (!fits) return index + 1 < near ? undefined : misfit(index + 1, indentation, open, mayDeepen)
    let text = line.trimStart()
    let column = indentation
    for (let dash = DASH.exec(text); dash !== null; dash = DASH.exec(text)) {
      column += dash[0].length
      text = text.slice(dash[0].length)
      open.push(column)
    }
    if (isUnfinished(text)) return undefined
    if (BLOCK_TEXT.test(text)) textDeeperThan = indentation
    mayDeepen = OPENS.test(line.trimStart())
  }
  return undefined
}

/** Closes what is deeper, and opens what is new. @returns false where it stands between those that are open */
function fitsIn(open: number[], indentation: number, mayDeepen: boolean): boolean {
  const closed = open.filter((column) => column <= indentation)
  const top = closed.at(-1)
  if (top === indentation || (mayDeepen && closed.length === open.length)) {
    open.splice(0, open.length, ...closed, ...(top === indentation ? [] : [indentation]))
    return true
  }
  return false
}

/** A text or a list that goes on in the next line. */
function isUnfinished(text: string): boolean {
  const value = text.replace(/^[^\s:'"]+:\s+/, '')
  const count = (character: string): number => value.split(character).length - 1
  if (/^['"]/.test(value)) return value.length === 1 || !value.endsWith(value[0]!)
  return count('[') + count('{') !== count(']') + count('}')
}

function misfit(line: number, indentation: number, open: readonly number[], mayDeepen: boolean): Misfit {
  const columns = [...new Set(open)].sort((a, b) => a - b).map((column) => column + 1)
  const deeper = mayDeepen ? ', or further in' : ''
  const message = `the indentation does not fit the lines before: this begins in column ${indentation + 1}, they in ${columns.join(', ')}${deeper}`
  return { line, indentation, message }
}
