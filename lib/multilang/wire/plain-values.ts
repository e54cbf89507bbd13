/**
 * What a child in another language gets of the values of a tuple: what JSON has, the same in every serializer.
 * Instances of classes go as their `toJSON` says, as between workers, undefined as null. What would arrive as something
 * else is refused.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { asSent, kindOf } from '../../values/kinds.ts'
import { MAX_DEPTH } from '../../values/unencodable.ts'

/** What a serializer has beside what JSON has. */
export interface Abilities {
  /** Bytes and dates as themselves. */
  readonly bytesAndDates: boolean
  /** Texts with half a surrogate pair. */
  readonly anyText: boolean
  /** Whole numbers of more than 64 bits. */
  readonly longIntegers: boolean
}

/** The values to be written: the list itself where nothing in it has to be changed. Hot. @throws CANNOT_ENCODE */
export function plainValues(values: readonly unknown[], abilities: Abilities): readonly unknown[] {
  for (let index = 0; index < values.length; index++) {
    const value = values[index]
    if (typeof value === 'string' ? !abilities.anyText : !Number.isFinite(value)) return plainList(values, abilities)
  }
  return values
}

const SURROGATE = /\p{Surrogate}/u

function plainList(values: readonly unknown[], abilities: Abilities): readonly unknown[] {
  return values.map((value, index) => plainValue(value, `value ${index}`, 0, abilities))
}

function plainValue(value: unknown, path: string, depth: number, abilities: Abilities): unknown {
  switch (typeof value) {
    case 'string':
      if (!abilities.anyText && SURROGATE.test(value)) throw refused(path, 'holds half a surrogate pair')
      return value
    case 'number':
      if (!Number.isFinite(value)) throw refused(path, `is ${value}`)
      return value
    case 'boolean':
      return value
    case 'bigint':
      if (!abilities.longIntegers && !has64Bits(value)) throw refused(path, 'is a whole number of more than 64 bits')
      return value
    case 'undefined':
      return null
    case 'object':
      return value === null ? null : plainObject(value, path, depth, abilities)
    default:
      throw refused(path, `is a ${typeof value}`)
  }
}

function plainObject(value: object, path: string, depth: number, abilities: Abilities): unknown {
  if (depth >= MAX_DEPTH) throw tooDeep(path)
  const kind = kindOf(value)
  switch (kind) {
    case 'array':
      return (value as unknown[]).map((item, index) => plainValue(item, `${path}[${index}]`, depth + 1, abilities))
    case 'plain':
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, plainValue(item, `${path}.${key}`, depth + 1, abilities)]),
      )
    case 'date':
      if (Number.isNaN((value as Date).getTime())) throw refused(path, 'is an invalid Date')
      return abilities.bytesAndDates ? value : (value as Date).toISOString()
    case 'bytes':
      if (abilities.bytesAndDates) return value
      break
    case 'instance':
      if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
        return plainValue(asSent(value), `${path}.toJSON()`, depth + 1, abilities)
      }
  }
  throw refused(path, `is a ${value.constructor?.name ?? 'object'}`)
}

/** Whether it fits into 64 bits, with a sign or without. */
function has64Bits(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value
}

function tooDeep(path: string): TyphoonError {
  const what = `is nested deeper than ${MAX_DEPTH}, or contains itself`
  const outermost = path.slice(0, path.search(/[.[]/))
  return new TyphoonError('CANNOT_ENCODE', `${outermost} ${what}`, { where: { path: outermost } })
}

function refused(path: string, what: string): TyphoonError {
  return new TyphoonError('CANNOT_ENCODE', `${path} ${what}, which a child process in another language cannot get`, {
    where: { path },
    hint: 'emit plain values to it: texts, finite numbers, bigints, booleans, null, valid dates, lists and maps of them',
  })
}
