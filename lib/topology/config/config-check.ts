/** The checks of a configuration: types and limits of the known keys, and keys that are one of them, misspelled. */

import type { Problem, Where } from '../../errors/typhoon-error.ts'
import { fits, inWords } from '../../shape/constraint.ts'
import { quoted } from '../../shape/quoted.ts'
import { MOST_NESTED } from '../../util/exact-json.ts'
import { isToken } from '../../util/token.ts'
import { nearest } from '../../words/suggest.ts'
import { type ConfigMap, keyOf } from './config.ts'
import { CONFIG_KEYS } from './keys.ts'

/** What is wrong with the configuration of a topology. */
export function validateConfig(config: ConfigMap, where: Where = {}): Problem[] {
  return Object.entries(config).flatMap(([name, value]) => validateKey(name, value, where))
}

/** The same for the configuration of a component, which has no use for the keys of the whole topology. */
export function validateComponentConfig(config: ConfigMap, where: Where): Problem[] {
  const problems = validateConfig(config, where)
  for (const name of Object.keys(config)) {
    const known = keyOf(name)
    if (known === undefined || known.perComponent === true) continue
    problems.push({
      code: 'BAD_CONFIG',
      message: `${name} can be set for the whole topology only, not for a component`,
      where: { ...where, key: name },
      hint: 'set it in the configuration of the topology',
    })
  }
  return problems
}

function validateKey(name: string, value: unknown, of: Where): Problem[] {
  const where = { ...of, key: name }
  const known = keyOf(name)
  // A secret is not shown; and of a number that a key of the runtime cannot be, its type says more.
  const isPlain = known?.secret === true || (known !== undefined && typeof value === 'number')
  const unsent = isPlain ? undefined : whatJsonLacks(value)
  if (unsent !== undefined) return [{ code: 'BAD_CONFIG', message: `${name} ${unsent.what}`, where, hint: unsent.hint }]
  if (known === undefined) {
    const right = rightSpelling(name, value) ?? (sectionOf(name) && nearest(name, Object.keys(CONFIG_KEYS), MOST_SLIPS))
    const hint = `write ${right}; a key of your own wants another name`
    return right === undefined
      ? []
      : [{ code: 'BAD_CONFIG', message: `${name} is not a key of the runtime`, where, hint }]
  }
  if (value === null) return []
  const problem = (message: string): Problem[] => [
    { code: 'BAD_CONFIG', message: `${name} ${message}`, where, hint: known.doc },
  ]
  if (known.secret === true)
    return isToken(value)
      ? []
      : problem(
          'must be a text of 1 to 1024 visible ASCII characters without spaces; one of digits alone stands in quotes',
        )
  // Nothing is meant by it, and what it would turn off is seldom what its writer has in mind: an unset ${VARIABLE} is
  // empty.
  if (value === '' && known.type === 'text') return problem('is empty; null leaves it at its default')
  return fits(value, known) ? [] : problem(`must be ${inWords(known)}, not ${quoted(value)}`)
}

/** Whether the value of a key is a secret, which no message shows. */
export function isSecretKey(name: string): boolean {
  return keyOf(name)?.secret === true
}

/**
 * What says that a key is none of the runtime's but resembles one. In a file it may be another one of Storm's, and is
 * passed through.
 */
export function misspelledKey(name: string): { readonly message: string; readonly hint: string } | undefined {
  const section = sectionOf(name)
  if (section === undefined || keyOf(name) !== undefined) return undefined
  const keys = Object.keys(CONFIG_KEYS)
  const near = (section === 'topology' ? undefined : keyWith(section, lastWord(name))) ?? nearest(name, keys)
  if (near === undefined) return undefined
  return { message: `${name} is not a key of the runtime`, hint: `did you mean "${near}"?` }
}

/** First words of the keys. */
const SECTIONS: readonly string[] = [...new Set(Object.keys(CONFIG_KEYS).map((key) => key.slice(0, key.indexOf('.'))))]
/** Edits by which a key is misspelled for certain: no other key of Storm's is so near to one of these. */
const MOST_SLIPS = 2

function sectionOf(name: string): string | undefined {
  return SECTIONS.find((one) => name.startsWith(`${one}.`))
}

/** The key of a small section whose last word is the nearest, where only one has it: `drpc.prot` → drpc.http.port. */
function keyWith(section: string, word: string): string | undefined {
  const keys = Object.keys(CONFIG_KEYS).filter((key) => key.startsWith(`${section}.`))
  const near = nearest(word, new Set(keys.map(lastWord)))
  const fitting = keys.filter((key) => lastWord(key) === near)
  return fitting.length === 1 ? fitting[0] : undefined
}

function lastWord(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1)
}

/**
 * What is meant by a key without its first word, in another notation, or with what belongs to it as a map: Storm's keys
 * are flat.
 */
function rightSpelling(name: string, value: unknown): string | undefined {
  const section = SECTIONS.find((one) => one === name)
  if (section !== undefined) {
    if (typeof value !== 'object' || value === null) return undefined
    const [inner = 'workers'] = Object.keys(value)
    return `the whole key in one: ${inner.startsWith(`${section}.`) ? inner : `${section}.${inner}`}`
  }
  const flat = name
    .replace(/(?<=[a-z])[A-Z]/g, (letter) => `.${letter}`)
    .replace(/[_.-]+/g, '.')
    .toLowerCase()
  return [flat, `topology.${flat}`].find((one) => one !== name && keyOf(one) !== undefined)
}

/** A configuration travels as JSON, which lacks or changes some values, and functions that call themselves read it. */
function whatJsonLacks(value: unknown, depth = 0): { readonly what: string; readonly hint: string } | undefined {
  if (typeof value === 'bigint')
    return { what: `has a whole number that a double cannot hold: ${value}`, hint: `write it as a text: "${value}"` }
  if (typeof value === 'function' || typeof value === 'symbol' || isNumberWithoutDigits(value) || isBuiltIn(value))
    return {
      what: `has a value that workers would not get as it is: ${String(value)}`,
      hint: 'use plain data: texts, numbers, true, false, null, lists and maps of these',
    }
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === MOST_NESTED)
    return { what: `is nested deeper than ${MOST_NESTED}`, hint: 'keep it in a file of its own, and name that' }
  for (const part of Object.values(value)) {
    const found = whatJsonLacks(part, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

function isNumberWithoutDigits(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value)
}

/** What JSON leaves as it is: an instance of a class of yours, or a module, goes as its properties. */
const KEPT: readonly string[] = ['[object Object]', '[object Array]', '[object Module]']

/** An object of JavaScript itself, of which JSON makes something else: a Date, a Map, a RegExp, an Error. */
function isBuiltIn(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !KEPT.includes(Object.prototype.toString.call(value))
}
