/** A value as a message quotes it: a text as JSON has it, anything else as logs show it; short, and never thrown by. */
import { show } from '../values/show.ts'
import { shorten } from '../words/suggest.ts'

const LONGEST = 200

export function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(shorten(value, LONGEST)) : show(value, LONGEST)
}
