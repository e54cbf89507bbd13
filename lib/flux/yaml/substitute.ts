/**
 * `${…}` in texts: every one of a line, `${name:-default}` (the default may have variables again), `$${` for a plain
 * `${`.
 *
 * A variable is put into the value of a scalar after the YAML was parsed, never into the text of the file. So no value
 * can change what the file means, and positions stay. `mask` makes a file ready for that: what stands within
 * `${…}` must not look like YAML to the parser.
 */

/** Value of a variable, or `undefined`. */
export type Lookup = (name: string) => string | undefined

/** A variable without a value. */
export interface Missing {
  readonly name: string
  /** The brace that would close it is missing. */
  readonly isOpen: boolean
  readonly message: string
}

export interface Substituted {
  readonly text: string
  /** Whether a variable was replaced. */
  readonly changed: boolean
  /** Variables without value and default, and those that are not closed. */
  readonly missing: readonly Missing[]
}

/** How deep defaults may stand within defaults. */
const DEEPEST = 16

/** Replaces the variables of a text. As in a shell, the default stands in for a value that is not there or empty. */
export function substitute(text: string, lookup: Lookup, depth = 0): Substituted {
  const missing: Missing[] = []
  let changed = false
  let result = ''
  let from = 0
  while (true) {
    const at = text.indexOf('${', from)
    if (at < 0) break
    if (at > from && text[at - 1] === '$') {
      result += `${text.slice(from, at - 1)}\${`
      from = at + 2
      continue
    }
    const end = closingBrace(text, at + 2)
    if (end < 0) {
      missing.push({
        name: text.slice(at + 2),
        isOpen: true,
        message: 'a "${" is not closed; for a plain one write "$${"',
      })
      break
    }
    const inner = evaluate(text.slice(at + 2, end), lookup, depth)
    missing.push(...inner.missing)
    changed = true
    result += text.slice(from, at) + inner.text
    from = end + 1
  }
  return { text: result + text.slice(from), changed, missing }
}

function evaluate(expression: string, lookup: Lookup, depth: number): Substituted {
  const [, name = '', fallback] = /^(.*?)(?::-(.*))?$/s.exec(expression) as RegExpExecArray
  const value = lookup(name.trim())
  if (fallback !== undefined && (value === undefined || value === '')) {
    if (depth < DEEPEST) return substitute(fallback, lookup, depth + 1)
    const message = `defaults stand within each other more than ${DEEPEST} deep`
    return { text: '', changed: true, missing: [{ name: name.trim(), isOpen: true, message }] }
  }
  if (value !== undefined) return { text: value, changed: true, missing: [] }
  return {
    text: '',
    changed: true,
    missing: [{ name: name.trim(), isOpen: false, message: `the variable "${name.trim()}" has no value` }],
  }
}

/** Index of the brace that closes the one before `from`; -1 where there is none. */
function closingBrace(text: string, from: number): number {
  let depth = 0
  for (let index = from; index < text.length; index++) {
    if (text[index] === '{') depth++
    else if (text[index] === '}' && depth-- === 0) return index
  }
  return -1
}

/**
 * What has a meaning to YAML within a plain scalar, and the noncharacters of Unicode that stand in for it, one for one.
 */
const MEANINGFUL = '{}[],:#'
const FIRST_STAND_IN = 0xfdd0
const ANY_STAND_IN = /[\ufdd0-\ufdd6]/g
const ANY_MEANINGFUL = /[{}[\],:#]/g

/** The text with each `${…}` of a line made harmless to a YAML parser; every character keeps its place. */
export function mask(text: string): string {
  return text
    .split('\n')
    .map((line) => (line.includes('${') ? maskLine(line) : line))
    .join('\n')
}

function maskLine(line: string): string {
  let result = ''
  let from = 0
  while (true) {
    const at = line.indexOf('${', from)
    if (at < 0) break
    const escaped = at > from && line[at - 1] === '$'
    const end = escaped ? at + 1 : closingBrace(line, at + 2)
    if (end < 0) break
    const inside = line.slice(at, end + 1)
    result += line.slice(from, at) + (escaped ? inside : inside.replace(ANY_MEANINGFUL, standIn))
    from = end + 1
  }
  return result + line.slice(from)
}

function standIn(character: string): string {
  return String.fromCharCode(FIRST_STAND_IN + MEANINGFUL.indexOf(character))
}

/** Takes back what `mask` did. */
export function unmask(text: string): string {
  return text.replace(ANY_STAND_IN, (character) => MEANINGFUL[character.charCodeAt(0) - FIRST_STAND_IN]!)
}
