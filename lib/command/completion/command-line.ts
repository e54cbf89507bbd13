/**
 * What has been typed so far, as words: of bash it comes as one text, for bash splits words at `=` and `:`, too. It is
 * read and never evaluated: a variable or a `$(…)` in it stays the text that it is.
 */

/** The words before the one that is being typed, and what there is of that one. */
export interface Typed {
  readonly before: readonly string[]
  readonly current: string
}

/** Splits as a shell does, with its quotes and backslashes. @param line up to the cursor, with the command's name */
export function typedIn(line: string): Typed {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!
    if (quote === '' && /\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (char === quote) quote = ''
    else if (quote === '' && (char === '"' || char === "'")) {
      quote = char
      word ??= ''
    } else if (char === '\\' && quote !== "'") word = (word ?? '') + (line[++at] ?? '')
    else word = (word ?? '') + char
  }
  return { before: words.slice(1), current: words.length === 0 ? '' : (word ?? '') }
}

/** How much of a word bash takes for words of its own: what stands before the last `=` or `:`. */
export function splitByBash(current: string): number {
  return Math.max(current.lastIndexOf('='), current.lastIndexOf(':')) + 1
}
