/**
 * The one text form of values: JSON, in which an object with a single name that begins with `$` stands for what JSON
 * does not have. Whatever keeps or shows values as text writes this: Redis, file sinks, dead letters, results of DRPC;
 * the embedded store for what is not a scalar.
 *
 *     {"$undefined":true}   {"$number":"NaN"}, "Infinity", "-Infinity", "-0"   {"$bigint":"10"}
 *     {"$date":"1970-01-01T00:00:00.000Z"}, null where invalid                 {"$bytes":"aGk="}
 *     {"$int32s":[1]}       {"$float64s":[0.5]}   {"$map":[["a",1]]}           {"$set":[1]}
 *     {"$$date":1} for the plain object {"$date":1}
 *
 * Promise: what the wire between workers carries comes back from here just as from there, and what it refuses is
 * refused here, with its place.
 */
import { asSent, cannotEncode, entriesAsSent, itemsAsSent, kindOf } from './kinds.ts'
import { checkContainer, keyStep, MAX_DEPTH, Unencodable, within } from './unencodable.ts'

/**
 * A value as text, on one line.
 * @param what the value is, for the message
 * @throws CANNOT_ENCODE
 */
export function encode(value: unknown, what = 'a value'): string {
  return textOf(value, EXACT, what, 'it cannot be written down')
}

/**
 * Like `encode`, but bytes that are long are cut and followed by their length, `{"$bytes":"aGVs…","length":5}`, which
 * no reader takes for the bytes.
 * @param mostBytes that are written of each
 * @throws CANNOT_ENCODE
 */
export function encodeCut(value: unknown, mostBytes: number): string {
  return textOf(value, { isCanonical: false, mostBytes }, 'a value', 'it cannot be written down')
}

/**
 * The text that is the same for values that are the same key: entries stand in the order of their texts, undefined is
 * null, and -0 is 0.
 * @throws CANNOT_ENCODE
 */
export function canonicalText(value: unknown): string {
  return textOf(value, CANONICAL, 'a key', 'it is not a key')
}

/** The value of a text that `encode` has made; of any other JSON, what it says. @throws SyntaxError */
export function decode(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return text.includes('"$') ? revived(value, 0) : value
}

const UNDEFINED = '{"$undefined":true}'

/** How the same value may be written. */
interface Form {
  /** The same text for values that are the same key. */
  readonly isCanonical: boolean
  /** Bytes that are written of a value of bytes. */
  readonly mostBytes: number
}

const EXACT: Form = { isCanonical: false, mostBytes: Number.POSITIVE_INFINITY }
const CANONICAL: Form = { isCanonical: true, mostBytes: Number.POSITIVE_INFINITY }

function textOf(value: unknown, form: Form, what: string, consequence: string): string {
  try {
    return write(value, form, 0)
  } catch (error) {
    throw cannotEncode(error, what, consequence)
  }
}

/** @throws Unencodable */
function write(value: unknown, form: Form, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      return writeNumber(value, form)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'undefined':
      return form.isCanonical ? 'null' : UNDEFINED
    case 'bigint':
      return `{"$bigint":"${value}"}`
    case 'object':
      return value === null ? 'null' : writeObject(value, form, depth)
    default:
      throw new Unencodable(`is a ${typeof value}`)
  }
}

/** An item of a set, or a key of a map: null and undefined are two of them. */
function writeMember(value: unknown, form: Form, depth: number): string {
  return value === undefined ? UNDEFINED : write(value, form, depth)
}

function writeNumber(value: number, form: Form): string {
  if (!Number.isFinite(value)) return `{"$number":"${value}"}`
  return Object.is(value, -0) && !form.isCanonical ? '{"$number":"-0"}' : String(value)
}

function writeObject(value: object, form: Form, depth: number): string {
  switch (kindOf(value)) {
    case 'array':
      return writeArray(value as unknown[], form, depth)
    case 'plain':
      return writePlain(value as Record<string, unknown>, form, depth)
    case 'bytes':
      return writeBytes(value as Uint8Array, form)
    case 'int32s':
      return `{"$int32s":[${(value as Int32Array).join()}]}`
    case 'float64s':
      return `{"$float64s":[${Array.from(value as Float64Array, (item) => writeNumber(item, form)).join()}]}`
    case 'date': {
      const date = value as Date
      return `{"$date":${Number.isNaN(date.getTime()) ? 'null' : `"${date.toISOString()}"`}}`
    }
    case 'map':
      return writeMap(value as Map<unknown, unknown>, form, depth)
    case 'set':
      return writeSet(value as Set<unknown>, form, depth)
    case 'instance':
      return writeInstance(value, form, depth)
  }
}

function writeBytes({ buffer, byteOffset, byteLength }: Uint8Array, { mostBytes }: Form): string {
  const base64 = Buffer.from(buffer, byteOffset, Math.min(byteLength, mostBytes)).toString('base64')
  return byteLength > mostBytes ? `{"$bytes":"${base64}…","length":${byteLength}}` : `{"$bytes":"${base64}"}`
}

function writeArray(items: readonly unknown[], form: Form, depth: number): string {
  const { length } = items
  checkContainer(items, length, depth)
  const texts = new Array<string>(length)
  let index = 0
  try {
    for (; index < length; index++) texts[index] = write(items[index], form, depth + 1)
  } catch (error) {
    throw within(error, items, `[${index}]`)
  }
  return `[${texts.join()}]`
}

function writeSet(set: ReadonlySet<unknown>, form: Form, depth: number): string {
  checkContainer(set, set.size, depth)
  const texts: string[] = []
  try {
    for (const item of itemsAsSent(set)) texts.push(writeMember(item, form, depth + 1))
  } catch (error) {
    throw within(error, set, `.entry(${texts.length})`)
  }
  if (form.isCanonical) texts.sort()
  return `{"$set":[${texts.join()}]}`
}

function writePlain(object: Record<string, unknown>, form: Form, depth: number): string {
  const keys = Object.keys(object)
  checkContainer(object, keys.length, depth)
  if (form.isCanonical) keys.sort()
  // One that would be taken for a mark.
  const mark = keys.length === 1 && keys[0]!.startsWith('$') ? '$' : ''
  let text = ''
  let key = ''
  try {
    for (key of keys) {
      text += `${text === '' ? '' : ','}${JSON.stringify(mark + key)}:${write(object[key], form, depth + 1)}`
    }
  } catch (error) {
    throw within(error, object, keyStep(key))
  }
  return `{${text}}`
}

function writeMap(map: ReadonlyMap<unknown, unknown>, form: Form, depth: number): string {
  checkContainer(map, map.size, depth)
  const texts: string[] = []
  try {
    for (const [key, value] of entriesAsSent(map)) {
      texts.push(`[${writeMember(key, form, depth + 1)},${write(value, form, depth + 1)}]`)
    }
  } catch (error) {
    throw within(error, map, `.entry(${texts.length})`)
  }
  if (form.isCanonical) texts.sort()
  return `{"$map":[${texts.join()}]}`
}

function writeInstance(value: object, form: Form, depth: number): string {
  checkContainer(value, 1, depth)
  const sent = asSent(value)
  try {
    return write(sent, form, depth + 1)
  } catch (error) {
    throw within(error, value, '.toJSON()')
  }
}

/** Levels of JSON that one container takes at most: `{"$map":[[`. */
const LEVELS = 3

/** A value of JSON with what its marks stand for in their place. Changes what it is given. @throws SyntaxError */
function revived(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH * LEVELS) throw new SyntaxError('values are nested too deep')
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = revived(value[i], depth + 1)
    return value
  }
  const object = value as Record<string, unknown>
  const keys = Object.keys(object)
  // Each name is a property of the object itself by now, `__proto__` too.
  for (const key of keys) object[key] = revived(object[key], depth + 1)
  const [key] = keys
  return keys.length === 1 && key!.startsWith('$') ? unmarked(object, key!) : object
}

function unmarked(object: Record<string, unknown>, key: string): unknown {
  const content = object[key]
  if (key.startsWith('$$')) return { [key.slice(1)]: content }
  switch (key) {
    case '$undefined':
      return undefined
    case '$number':
      return Number(content)
    case '$bigint':
      return BigInt(checked(content, typeof content === 'string', key) as string)
    case '$date':
      return new Date((content as string | null) ?? Number.NaN)
    case '$bytes':
      return new Uint8Array(Buffer.from(checked(content, typeof content === 'string', key) as string, 'base64'))
    case '$int32s':
      return Int32Array.from(checked(content, Array.isArray(content), key) as number[])
    case '$float64s':
      return Float64Array.from(checked(content, Array.isArray(content), key) as number[])
    case '$map':
      return new Map(checked(content, Array.isArray(content) && content.every(isPair), key) as [unknown, unknown][])
    case '$set':
      return new Set(checked(content, Array.isArray(content), key) as unknown[])
    default:
      return object
  }
}

function isPair(entry: unknown): boolean {
  return Array.isArray(entry) && entry.length === 2
}

function checked(content: unknown, isRight: boolean, key: string): unknown {
  if (isRight) return content
  throw new SyntaxError(`this is not the content of a ${key}`)
}
