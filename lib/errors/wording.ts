/**
 * What to do, in the words of who is to do it. A topology is written in code or in YAML, and what is right in the one
 * does not exist in the other. So a hint that differs is said in both where it is made, and travels so until it is
 * known what the definition is written in: the loader of YAML takes the one wording, everything else the other.
 *
 * What is found while a topology runs is said in one wording, which must fit both.
 */

/** What a definition is written in. */
export type Language = 'code' | 'yaml'

/** A text, or one for each language. */
export type Wording = string | Readonly<Record<Language, string>>

/** The text for a language. */
export function wordsIn(language: Language, wording: Wording): string {
  return typeof wording === 'string' ? wording : wording[language]
}
