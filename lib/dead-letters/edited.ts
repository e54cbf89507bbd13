/** A letter with other values, as a line: all else that stands in it stays as it was written. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { decode, encode } from '../values/text.ts'
import { suggest } from '../words/suggest.ts'
import type { FoundLetter } from './letters.ts'

/** New values by field, each as `encode` writes it, or as JSON. */
export type NewValues = ReadonlyMap<string, string>

/**
 * The line of the letter with these values in the place of those that it has, and with the time of the change.
 * @throws DEAD_LETTER_UNFIT for a field that it does not have, or a value that is none
 */
export function edited({ text, id }: FoundLetter, values: NewValues, now: Date): string {
  const before = JSON.parse(text) as { readonly values: Readonly<Record<string, unknown>> }
  const fields = Object.keys(before.values)
  for (const field of values.keys())
    if (!fields.includes(field)) {
      const hint = suggest(field, fields) ?? `it has ${fields.join(', ')}`
      throw new TyphoonError('DEAD_LETTER_UNFIT', `the letter ${id} has no field "${field}"`, {
        where: { field },
        hint,
      })
    }
  const entries = fields.map((field) => {
    const value = values.get(field)
    return [field, value === undefined ? before.values[field] : rawOf(value, field)]
  })
  return JSON.stringify({ ...before, values: Object.fromEntries(entries), edited: now.toISOString() })
}

/** The JSON of a value, in its one text form. @throws DEAD_LETTER_UNFIT */
function rawOf(text: string, field: string): unknown {
  try {
    return JSON.parse(encode(decode(text)))
  } catch (cause) {
    throw new TyphoonError('DEAD_LETTER_UNFIT', `what is given for "${field}" is no value: ${text}`, {
      where: { field },
      hint: 'JSON, such as 3, "three" or {"$date":"2030-01-31T00:00:00.000Z"}',
      cause,
    })
  }
}
