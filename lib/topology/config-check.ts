/** What is wrong with a configuration: the types and limits of the known keys, and keys that look like one of them. */
import { suggest } from '../errors/suggest.ts'
import type { Problem, Where } from '../errors/typhoon-error.ts'
import { isToken } from '../util/token.ts'
import { CONFIG_KEYS, type ConfigMap, type KeyType, keyOf } from './config.ts'

/** What is wrong with a configuration: types and limits of the known keys, and unknown `topology.` keys that look like one. */
export function validateConfig(config: ConfigMap, where: Where = {}): Problem[] {
  return Object.entries(config).flatMap(([name, value]) => validateKey(name, value, where))
}

function validateKey(name: string, value: unknown, where: Where): Problem[] {
  const known = keyOf(name)
  const large = largeIntegerIn(value)
  if (large !== undefined && known?.secret !== true) {
    const message = `${name} has a whole number that a double cannot hold: ${large}`
    return [{ code: 'BAD_CONFIG', message, where, hint: `write it as a text: "${large}"` }]
  }
  if (known === undefined || value === null) return []
  const problem = (message: string): Problem[] => [
    { code: 'BAD_CONFIG', message: `${name} ${message}`, where, hint: known.doc },
  ]
  if (known.secret === true)
    return isToken(value)
      ? []
      : problem(
          'must be a text of 1 to 1024 visible ASCII characters without spaces; one of digits alone stands in quotes',
        )
  if (!isOfType(value, known.type)) return problem(`must be of type ${known.type}, and is ${show(value)}`)
  // Nothing is meant by it, and what it would turn off is seldom what its writer has in mind: an unset ${VARIABLE} is empty.
  if (value === '') return problem('is empty; null leaves it at its default')
  if (known.min !== undefined && (value as number) < known.min)
    return problem(`must be ${known.min} or more, and is ${show(value)}`)
  if (known.max !== undefined && (value as number) > known.max)
    return problem(`must be ${known.max} or less, and is ${show(value)}`)
  return []
}

/** Whether the value of a key is a secret, which no message shows. */
export function isSecretKey(name: string): boolean {
  return keyOf(name)?.secret === true
}

/** A warning for a key that is none of the runtime's but looks like one; it is passed through all the same. */
export function misspelledKey(name: string): string | undefined {
  if (keyOf(name) !== undefined || !name.startsWith('topology.')) return undefined
  const hint = suggest(name, Object.keys(CONFIG_KEYS))
  return hint.startsWith('did you mean') ? `${name} is no key of the runtime; ${hint}` : undefined
}

/** No file's maps and lists are deeper. */
const DEEPEST = 100

/** A configuration travels as JSON, which has no bigint. */
function largeIntegerIn(value: unknown, depth = 0): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return undefined
  for (const part of Object.values(value)) {
    const found = largeIntegerIn(part, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
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
