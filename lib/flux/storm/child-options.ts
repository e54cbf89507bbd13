/**
 * `topology.worker.childopts` as Storm's files have it: one text, for a JVM. Options of Node.js are taken, those of a
 * JVM named.
 */

/** Options of a JVM that begin as those of Node.js do; some take the next word. */
const JVM_LONG =
  /^--(?:add-(?:opens|exports|modules|reads)|illegal-access|enable-preview|enable-native-access|module-path|patch-module|limit-modules)(?:=|$)/
const WITH_VALUE = /^(?:-cp|-classpath|--add-(?:opens|exports|modules|reads)|--module-path)$/
/** Options of Node.js with one dash. */
const NODE_SHORT = /^-[rC]$/

/** The options of a text or a list. */
export interface ChildOptions {
  readonly options: readonly string[]
  /** The options of a JVM: they have no effect here. */
  readonly ignored: readonly string[]
}

/** @returns undefined where it is neither a text nor a list of texts */
export function childOptionsOf(value: unknown): ChildOptions | undefined {
  const words = typeof value === 'string' ? wordsOf(value) : value
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) return undefined
  const options: string[] = []
  const ignored: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    const isJvm = (/^-[^-]/.test(word) && !NODE_SHORT.test(word)) || JVM_LONG.test(word)
    if (!isJvm) options.push(word)
    else if (WITH_VALUE.test(word) && at + 1 < words.length) ignored.push(`${word} ${words[++at]}`)
    else ignored.push(word)
  }
  return { options, ignored }
}

/** Words of a text, as a shell would part them; nothing else of a shell's is done. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'),
  )
}
