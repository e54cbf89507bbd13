/** Rules for specifications, as `walls.ts` has them for the rest. */
import type { Source } from './sources.ts'

/** Where a specification makes a folder for temporary files, or asks for the one of the machine; `folder.ts` does. */
export function ownFolders(specs: readonly Source[]): string[] {
  return specs
    .filter(({ path }) => path !== 'spec/made-folder.ts')
    .flatMap(({ path, bare }) =>
      bare.split('\n').flatMap((line, index) => (/\b(?:mkdtemp|tmpdir)/.test(line) ? [`${path}:${index + 1}`] : [])),
    )
}

/** A regular expression in one line, where none of the operators that are written alike can stand. */
const PATTERN =
  /(?<=^|[(,:?=>[]\s*|\breturn )\/((?:[^/\\[ ]|\\.|\[(?:[^\]\\]|\\.)*\])(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])*)\//g
/** What a pattern has that is no word: names in quotes, classes and escapes. */
const NO_WORDS = /"[^"]*"|\[[^\]]*\]|\\./g
/** Three words in a row. */
const SENTENCE = /[A-Za-z]['’a-z]*(?: ['’A-Za-z]+){2,}/g

/**
 * Where a specification matches a sentence of what it tries: three words in a row that no specification says itself. A
 * code, a place or a name stays what it is when a sentence is worded better.
 */
export function matchedSentences(specs: readonly Source[]): string[] {
  const said = specs.map(({ code }) => code.replaceAll(PATTERN, '')).join('\n')
  return specs.flatMap(({ path, code }) =>
    code.split('\n').flatMap((line, index) =>
      [...line.matchAll(PATTERN)]
        .flatMap(([, pattern]) => [...pattern!.replaceAll(NO_WORDS, '|').matchAll(SENTENCE)])
        .filter(([sentence]) => !said.includes(sentence))
        .map(([sentence]) => `${path}:${index + 1}: ${sentence}`),
    ),
  )
}
