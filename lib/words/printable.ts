/**
 * Text of others on its way to a terminal or into a log: nothing in it moves the cursor, changes colours, breaks the
 * line, or turns the direction of writing, so it cannot pass for a line of ours. Everything that Typhoon prints goes
 * through here, at the edge.
 */

/** Control characters but the tabulator, separators of lines, and what turns the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

const NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r' }

/** One line: what is unprintable stands in it as JSON would write it in a text, so that JSON stays what it is. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped)
}

/** Several lines, each printable: those after the first one have a margin that no line of ours has. */
export function printableLines(text: string): string[] {
  return linesOf(text, () => false)
}

/** The lines of a stack: its frames have no margin, for they stand in as no line of ours does. */
export function printableStack(stack: string): string[] {
  return linesOf(stack, (line) => /^ {4}at /.test(line))
}

function linesOf(text: string, standsIn: (line: string) => boolean): string[] {
  const [first = '', ...others] = text.split(/\r?\n/)
  return [printable(first), ...others.map((line) => (standsIn(line) ? printable(line) : `  │ ${printable(line)}`))]
}

function escaped(character: string): string {
  return NAMES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
