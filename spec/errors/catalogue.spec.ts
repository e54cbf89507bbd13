/**
 * The sentences of the catalogue, asserted here alone: other specs go by codes, places and names, and match no sentence
 * but their own (`spec/house/specifications.spec.ts`), except for what a terminal shows (`spec/command/render`). That
 * docs/errors.md has the same sentences is checked by `spec/house.spec.ts`.
 */
import test from 'ava'
import { CATALOGUE } from '../../lib/errors/catalogue.ts'

const ENTRIES = Object.entries(CATALOGUE)

test('each code is in capitals, and short enough for a line of a log', (t) => {
  for (const [code] of ENTRIES) t.regex(code, /^(?=.{3,24}$)[A-Z]+(_[A-Z]+)*$/)
})

test('each code has a sentence of its own, on one line', (t) => {
  for (const [code, sentence] of ENTRIES) t.regex(sentence, /^[A-Za-z$].{10,118}\.$/, code)
  t.is(new Set(ENTRIES.map(([, sentence]) => sentence)).size, ENTRIES.length)
})
