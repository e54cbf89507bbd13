/**
 * Text of others on its way to a terminal or into a log: nothing in it moves the cursor, changes colours, breaks the line, or turns the direction of
 * writing, so it cannot pass for a line of ours. Everything that Typhoon prints goes through here, at the edge.
 */

/** Control characters but the tabulator, separators of lines, and what turns the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

const NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r' }

/** One line: what is unprintable stands in it as JavaScript would write it in a text. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped)
}

/** Several lines, each printable: the first one as it is, those after it with a margin that no line of ours has. */
export function printableLines(text: string): string[] {
  const [first = '', ...others] = text.split(/\r?\n/)
  return [printable(first), ...others.map((line) => `  │ ${printable(line)}`)]
}

function escaped(character: string): string {
  const code = character.charCodeAt(0)
  return NAMES[character] ?? (code > 0xff ? `\\u${hex(code, 4)}` : `\\x${hex(code, 2)}`)
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
