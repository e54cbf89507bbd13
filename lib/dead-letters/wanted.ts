/** Which letters of a file are meant: by component, time, code, by a condition over their values, or by their ids. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { type Condition, condition } from '../expression/expression.ts'
import type { FoundLetter } from './letters.ts'

/** What is asked for; all of it must hold. */
export interface WantedLetters {
  /** Of its streams, or in which they failed. */
  readonly component?: string | undefined
  /** Of the error that they failed with last. */
  readonly code?: string | undefined
  /** Given up at this time or later; ISO 8601. */
  readonly since?: string | undefined
  /** Before this time; ISO 8601. */
  readonly until?: string | undefined
  /** A condition over their values, in the Common Expression Language. */
  readonly where?: string | undefined
}

/** The least part of an id that may stand for it. */
const SHORTEST_ID = 4

/** Of a letter the code of its last error. */
export function codeOf({ letter }: FoundLetter): string | undefined {
  return letter.reason.kind === 'explicit' ? letter.reason.code : undefined
}

/** The component in which it failed last, where that is known. */
export function failedIn({ letter }: FoundLetter): string | undefined {
  return letter.reason.kind === 'explicit' ? letter.reason.component : undefined
}

/** Tells of letters whether they are meant. */
export class Wanted {
  readonly #wanted: WantedLetters
  readonly #from: number
  readonly #before: number
  readonly #condition: ConditionOverLetters | undefined

  /** @throws USAGE where a time is none, BAD_EXPRESSION */
  constructor(wanted: WantedLetters) {
    const { since, until, where } = wanted
    this.#wanted = wanted
    this.#from = since === undefined ? Number.NEGATIVE_INFINITY : timeOf(since)
    this.#before = until === undefined ? Number.POSITIVE_INFINITY : timeOf(until)
    this.#condition = where === undefined ? undefined : new ConditionOverLetters(where)
  }

  has(found: FoundLetter): boolean {
    const { component, code, since, until } = this.#wanted
    const time = Date.parse(found.letter.time)
    if (component !== undefined && found.letter.component !== component && failedIn(found) !== component) return false
    if (code !== undefined && codeOf(found) !== code) return false
    // A time that is none is no time in between.
    if ((since ?? until) !== undefined && !(time >= this.#from && time < this.#before)) return false
    return this.#condition?.holds(found) ?? true
  }

  /** When all letters were asked about. @throws BAD_EXPRESSION where the condition fits none, or always fails */
  check(): void {
    this.#condition?.check()
  }
}

/**
 * Those of these letters that ids name, each in full or by its beginning.
 * @throws DEAD_LETTER_UNKNOWN
 */
export function named<T extends { readonly id: string }>(letters: readonly T[], ids: readonly string[]): T[] {
  const byId = new Map(letters.map((letter) => [letter.id, letter]))
  const found = ids.map((id) => {
    const same = byId.get(id)
    if (same !== undefined) return same
    const alike = id.length < SHORTEST_ID ? [] : letters.filter((letter) => letter.id.startsWith(id))
    if (alike.length === 1) return alike[0]!
    throw unknownLetter(id, alike.length)
  })
  return [...new Set(found)]
}

/** @param alike how many there are whose ids begin so */
export function unknownLetter(id: string, alike = 0): TyphoonError {
  const message =
    alike === 0 ? `there is no dead letter "${id}"` : `${alike} dead letters have ids that begin so: "${id}"`
  const hint =
    alike === 0 ? 'typhoon dead-letters list shows their ids; that of an edited letter is another' : 'give more of it'
  return new TyphoonError('DEAD_LETTER_UNKNOWN', message, { hint })
}

/**
 * A condition over letters, whose fields are known only when they are read. Of a letter that does not have a field of
 * it, it does not hold; where no letter has, or where it fails of all of
 * them, it is a mistake.
 */
class ConditionOverLetters {
  readonly #text: string
  /** By the names of fields. */
  readonly #known = new Map<string, Condition | undefined>()
  #fits = false
  #misfit: unknown
  /** It could be said of a letter whether it holds. */
  #isAnswered = false
  #failure: string | undefined

  /** @throws BAD_EXPRESSION where it is none, whatever the fields are */
  constructor(text: string) {
    this.#text = text
    condition(text, text.match(/[A-Za-z_]\w*/g) ?? [])
  }

  holds({ letter }: FoundLetter): boolean {
    const { component, stream, task, values } = letter
    const over = this.#over(Object.keys(values))
    if (over === undefined) return false
    let failure: string | undefined
    const result = over({ component, stream, task, tuple: values }, (why) => {
      failure = why
    })
    if (failure === undefined) this.#isAnswered = true
    else this.#failure ??= failure
    return result
  }

  check(): void {
    if (!this.#fits && this.#misfit !== undefined) throw this.#misfit
    if (this.#isAnswered || this.#failure === undefined) return
    throw new TyphoonError('BAD_EXPRESSION', `the condition cannot be asked of any letter: ${this.#failure}`, {
      hint: "typhoon dead-letters list shows what their values are; a number is compared with 3, a text with '3'",
    })
  }

  #over(fields: readonly string[]): Condition | undefined {
    const key = JSON.stringify(fields)
    if (!this.#known.has(key)) this.#known.set(key, this.#compiled(fields))
    return this.#known.get(key)
  }

  #compiled(fields: readonly string[]): Condition | undefined {
    try {
      const compiled = condition(this.#text, fields)
      this.#fits = true
      return compiled
    } catch (error) {
      this.#misfit ??= error
      return undefined
    }
  }
}

function timeOf(text: string): number {
  const time = Date.parse(text)
  if (!Number.isNaN(time)) return time
  throw new TyphoonError('USAGE', `"${text}" is not a time`, { hint: 'example: 2030-01-31T12:00:00Z' })
}
