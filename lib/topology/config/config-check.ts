/** The checks of a configuration: types and limits of the known keys, and keys that are one of them, misspelled. */
import { nearest } from '../../errors/suggest.ts'
import type { Problem, Where } from '../../errors/typhoon-error.ts'
import { MOST_NESTED } from '../../util/exact-json.ts'
import { isToken } from '../../util/token.ts'
import { type ConfigMap, keyOf } from './config.ts'
import type { KeyType } from './config-key.ts'
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
  if (!isOfType(value, known.type)) return problem(`must be of type ${known.type}, not ${show(value)}`)
  // Nothing is meant by it, and what it would turn off is seldom what its writer has in mind: an unset ${VARIABLE} is
  // empty.
  if (value === '') return problem('is empty; null leaves it at its default')
  if (known.values?.includes(value as string) === false)
    return problem(`must be ${known.values.join(' or ')}, not ${show(value)}`)
  if (known.min !== undefined && (value as number) < known.min)
    return problem(`must be ${known.min} or more, not ${show(value)}`)
  if (known.max !== undefined && (value as number) > known.max)
    return problem(`must be ${known.max} or less, not ${show(value)}`)
  return []
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
  const near = (section === 'drpc' ? drpcKeyWith(lastWord(name)) : undefined) ?? nearest(name, keys)
  if (near === undefined) return undefined
  return { message: `${name} is not a key of the runtime`, hint: `did you mean "${near}"?` }
}

/** First words of the keys. */
const SECTIONS = ['topology', 'drpc'] as const
/** Edits by which a key is misspelled for certain: no other key of Storm's is so near to one of these. */
const MOST_SLIPS = 2

function sectionOf(name: string): (typeof SECTIONS)[number] | undefined {
  return SECTIONS.find((one) => name.startsWith(`${one}.`))
}

/** The key of DRPC whose last word is the nearest, where only one has it: `drpc.prot` → drpc.http.port. */
function drpcKeyWith(word: string): string | undefined {
  const keys = Object.keys(CONFIG_KEYS).filter((key) => key.startsWith('drpc.'))
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

/** An object that JSON makes something else of. An instance of a class of yours goes as its properties. */
function isBuiltIn(value: unknown): boolean {
  return value instanceof Date || value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)
}

function isOfType(value: unknown, type: KeyType): boolean {
  switch (type) {
    case 'Integer':
      return Number.isSafeInteger(value)
    case 'Number':
      return Number.isFinite(value)
    case 'Boolean':
      return typeof value === 'boolean'
    case 'String':
      return typeof value === 'string'
    case 'List':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
  }
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
}
