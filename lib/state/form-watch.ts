/**
 * Notices that the values of a state have another form than those that a snapshot held, though nothing says so: of two
 * values of one key, one after the other, the first is of one kind and the second of another, or both are objects that
 * have no field in common, or a number has become NaN. What changes within a value is not seen.
 *
 * It looks at the first values that take the place of others, since that is where what reads an old form goes wrong.
 */
import { valueOfMapKey } from '../values/key.ts'
import { kindOf } from '../values/kinds.ts'
import type { MapKey } from '../values/own-key.ts'
import { show } from '../values/show.ts'
import type { Lived } from './state-format.ts'

/** So many values it looks at. */
const WATCHED = 1000
/** Characters of a value in a message. */
const LONGEST = 80

const WORDS = {
  array: 'a list',
  plain: 'an object',
  bytes: 'bytes',
  int32s: 'an Int32Array',
  float64s: 'a Float64Array',
  date: 'a date',
  map: 'a Map',
  set: 'a Set',
  instance: 'an instance',
} as const

export class FormWatch {
  readonly #areLived: boolean
  readonly #noticed: (what: string) => void
  #left = WATCHED

  /**
   * @param areLived whether values are pairs of a time and a value
   * @param noticed told once, in words, what has become of which value
   */
  constructor(areLived: boolean, noticed: (what: string) => void) {
    this.#areLived = areLived
    this.#noticed = noticed
  }

  /** @returns itself, as long as it is to look on */
  see(key: MapKey, before: unknown, now: unknown): FormWatch | undefined {
    const [was, is] = this.#areLived ? [(before as Lived)[1], (now as Lived)[1]] : [before, now]
    const change = changeOf(was, is)
    if (change === undefined) return --this.#left > 0 ? this : undefined
    const [of, what] = [show(valueOfMapKey(key), LONGEST), `${show(was, LONGEST)} becomes ${show(is, LONGEST)}`]
    this.#noticed(`${of}: ${what}, ${change}`)
    return undefined
  }
}

/** Undefined where the form is the same, as far as can be seen; nothing has any form. */
function changeOf(before: unknown, now: unknown): string | undefined {
  if (before === null || before === undefined || now === null || now === undefined) return undefined
  const [was, is] = [wordOf(before), wordOf(now)]
  if (was !== is) return `${was} has become ${is}`
  if (was !== WORDS.plain) return undefined
  const [fields, others] = [Object.keys(before), Object.keys(now)]
  if (fields.length === 0 || others.length === 0 || fields.some((field) => Object.hasOwn(now, field))) return undefined
  return 'an object with other fields'
}

function wordOf(value: unknown): string {
  switch (typeof value) {
    case 'object':
      return WORDS[kindOf(value as object)]
    case 'number':
      return Number.isNaN(value) ? 'not a number' : 'a number'
    case 'string':
      return 'a text'
    default:
      return `a ${typeof value}`
  }
}
