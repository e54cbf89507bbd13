/** Which letters a command means, and which values one is to have, from text to data. */
import type { Command } from 'commander'
import type { Choice } from '../../dead-letters/files.ts'
import type { FoundLetter } from '../../dead-letters/letters.ts'
import type { WantedLetters } from '../../dead-letters/wanted.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { parseDuration } from '../input/arguments.ts'

/** Those of `takesChoice`, and `--all`. */
export interface ChoiceFlags extends WantedLetters {
  readonly all?: boolean
}

/** Adds the options of `WantedLetters`. */
export function takesChoice(command: Command): Command {
  return command
    .option('--component <id>', 'only those that this component emitted, or that failed in it')
    .option('--code <code>', 'only those whose last error has this code')
    .option('--since <time>', 'only those given up since: 30m, 12h, or 2030-01-31T12:00:00Z', parseTime)
    .option('--until <time>', 'only those given up before', parseTime)
    .option('--where <condition>', 'only those of whose values this holds: "word == \'storm\' && n > 3"')
}

/** What the flags ask for. */
export function wantedBy({ component, code, since, until, where }: ChoiceFlags): WantedLetters {
  return { component, code, since, until, where }
}

/** Nothing that is not said is meant. @throws USAGE */
export function choiceOf(ids: readonly string[], flags: ChoiceFlags): Choice {
  const wanted = wantedBy(flags)
  const isAsked = Object.values(wanted).some((value) => value !== undefined)
  if (Number(ids.length > 0) + Number(isAsked) + Number(flags.all === true) !== 1)
    throw new TyphoonError('USAGE', 'it is not clear which letters are meant', {
      hint: 'give their ids, or conditions such as --where, or --all',
    })
  return ids.length > 0 ? { ids } : { wanted }
}

/** `line=and so on`, each: the value in the one text form, by field. @throws USAGE */
export function valuesOf(texts: readonly string[], { letter }: FoundLetter): Map<string, string> {
  return new Map(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new TyphoonError('USAGE', `"${text}" does not have the form field=value`)
      const field = text.slice(0, at)
      const value = text.slice(at + 1)
      const hasText = Object.hasOwn(letter.values, field) && typeof letter.values[field] === 'string'
      const isJson = hasText ? /^(?:".*"|null)$/s.test(value) && parses(value) : parses(value)
      return [field, isJson ? value : JSON.stringify(value)] as const
    }),
  )
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** A time, or how long ago, as a time. @throws USAGE */
function parseTime(text: string): string {
  if (/^\d+(?:\.\d+)?(?:ms|s|m|h)$/.test(text)) return new Date(Date.now() - parseDuration(text)).toISOString()
  if (/^\d{4}-/.test(text) && !Number.isNaN(Date.parse(text))) return new Date(text).toISOString()
  throw new TyphoonError('USAGE', `"${text}" is no time`, { hint: 'examples: 30m, 2h, 2030-01-31T12:00:00Z' })
}
