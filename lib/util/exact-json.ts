/**
 * JSON whose whole numbers stay what they are: one that a double cannot hold becomes a bigint, where `JSON.parse` gives
 * another number without a word. For whatever others write: users, and children in other languages. What is nested
 * deeper than anybody nests by hand is refused here, before whoever handles the value runs out of stack.
 */

/** Lists and maps within each other. */
export const MOST_NESTED = 100

const QUOTE = 34
const BACKSLASH = 92
const NUMBER = /-?\d[\d.eE+-]*/g
const INTEGER = /^-?\d+$/

/** @throws SyntaxError; RangeError where it is nested too deep */
export function parseExactJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return mayBeRounded(value) ? unmarked(JSON.parse(marked(text))) : value
}

/**
 * Whether a number in a value that was read may be another one than was written. Hot.
 * @throws RangeError where it is nested too deep
 */
export function mayBeRounded(value: unknown, depth = 0): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  if (depth === MOST_NESTED) throw new RangeError(`lists and maps are nested deeper than ${MOST_NESTED}`)
  let rounded = false
  // To the end in any case, for the depth of the rest.
  if (Array.isArray(value)) {
    for (const item of value) if (mayBeRounded(item, depth + 1)) rounded = true
  } else {
    for (const key in value) if (mayBeRounded((value as Record<string, unknown>)[key], depth + 1)) rounded = true
  }
  return rounded
}

/**
 * Each string gets a letter in front, also those that are keys, so that a number can be distinguished when it travels
 * as one.
 */
function marked(text: string): string {
  let out = ''
  let from = 0
  for (;;) {
    const open = text.indexOf('"', from)
    const between = open < 0 ? text.slice(from) : text.slice(from, open)
    out += between.replace(NUMBER, (token) =>
      INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"i${token}"` : token,
    )
    if (open < 0) return out
    from = endOfString(text, open)
    out += `"s${text.slice(open + 1, from)}`
  }
}

/** The index after the string that begins at `open`. A regular expression would run out of stack in a long one. */
function endOfString(text: string, open: number): number {
  let at = open + 1
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) at += code === BACKSLASH ? 2 : 1
  return at + 1
}

function unmarked(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('i') ? BigInt(value.slice(1)) : value.slice(1)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(unmarked)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.slice(1), unmarked(item)]))
}

/** Like `JSON.stringify` of plain data, with bigints as their digits. */
export function exactJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(exactJson).join(',')}]`
  return `{${Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${JSON.stringify(key)}:${exactJson(item)}`)
    .join(',')}}`
}
