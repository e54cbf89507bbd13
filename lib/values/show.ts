/**
 * A value for people to read: on one line, with control characters escaped, much like Node.js shows it. What is long is
 * cut and says how long it is. For the log, the terminal and messages; what must come back as the value is written by
 * `text.ts`.
 *
 * Promise: it shows anything whatever, never throws, and its work is bounded by what it shows.
 */
import { printable } from '../words/printable.ts'
import { classOf, kindOf } from './kinds.ts'

const LONGEST = 2000
const LONGEST_TEXT = 500
const MOST_BYTES = 96
const MOST_ENTRIES = 100
const DEEPEST = 6

/** @param most characters of the whole */
export function show(value: unknown, most = LONGEST): string {
  const out = new Shower(most)
  out.value(value, 0)
  return out.text.length <= most ? out.text : `${out.text.slice(0, most)}…`
}

/** Builds the text from left to right, and stops where it is long enough. */
class Shower {
  text = ''
  readonly #most: number
  readonly #within: object[] = []

  constructor(most: number) {
    this.#most = most
  }

  value(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.text += quoted(value)
        break
      case 'bigint':
        this.text += `${value}n`
        break
      case 'number':
        this.text += Object.is(value, -0) ? '-0' : String(value)
        break
      case 'function':
        this.text += `[Function${nameOf(value)}]`
        break
      case 'object':
        if (value === null) this.text += 'null'
        else this.#object(value, depth)
        break
      default:
        this.text += printable(String(value))
    }
  }

  #object(value: object, depth: number): void {
    if (this.#within.includes(value)) this.text += '[Circular]'
    else if (depth >= DEEPEST) this.text += Array.isArray(value) ? '[…]' : '{…}'
    else {
      this.#within.push(value)
      const before = this.text
      try {
        this.#content(value, depth + 1)
      } catch {
        // A getter, a proxy or a toJSON of the user's has thrown.
        this.text = `${before}[unreadable]`
      }
      this.#within.pop()
    }
  }

  #content(value: object, depth: number): void {
    switch (kindOf(value)) {
      case 'array':
        this.#list('[', value as unknown[], ']', depth)
        break
      case 'plain':
        this.#properties('', value, depth)
        break
      case 'bytes':
        this.text += shownBytes(value as Uint8Array)
        break
      case 'int32s':
      case 'float64s':
        this.#list(`${classOf(value)} [`, value as Int32Array, ']', depth)
        break
      case 'date':
        this.text += Number.isNaN((value as Date).getTime()) ? 'Invalid Date' : (value as Date).toISOString()
        break
      case 'map':
        this.#entries('Map {', value as Map<unknown, unknown>, depth)
        break
      case 'set':
        this.#list('Set {', value as Set<unknown>, '}', depth)
        break
      case 'instance':
        this.#instance(value, depth)
    }
  }

  #instance(value: object, depth: number): void {
    if (value instanceof Error) this.text += `[${printable(`${value.name}: ${value.message}`)}]`
    else if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
      this.text += `${printable(classOf(value))} `
      this.value((value as { toJSON(key: string): unknown }).toJSON(''), depth)
    } else this.#properties(`${printable(classOf(value))} `, value, depth)
  }

  #properties(prefix: string, value: object, depth: number): void {
    this.#all(`${prefix}{`, Object.keys(value), Number.NaN, '}', (key) => {
      this.text += `${/^[\w$]+$/.test(key) ? key : quoted(key)}: `
      this.value((value as Record<string, unknown>)[key], depth)
    })
  }

  #entries(open: string, map: ReadonlyMap<unknown, unknown>, depth: number): void {
    this.#all(open, map, map.size, '}', ([key, item]) => {
      this.value(key, depth)
      this.text += ' => '
      this.value(item, depth)
    })
  }

  #list(open: string, items: Iterable<unknown> & object, close: string, depth: number): void {
    const size = 'size' in items ? (items.size as number) : (items as unknown as ArrayLike<unknown>).length
    this.#all(open, items, size, close, (item) => this.value(item, depth))
  }

  #all<T>(open: string, items: Iterable<T>, size: number, close: string, one: (item: T) => void): void {
    this.text += open
    let count = 0
    for (const item of items) {
      if (count === MOST_ENTRIES || this.text.length > this.#most) {
        this.text += Number.isNaN(size) ? ', …' : `, … (${size} in all)`
        break
      }
      this.text += count++ === 0 ? ' ' : ', '
      one(item)
    }
    this.text += count === 0 ? close : ` ${close}`
  }
}

function quoted(text: string): string {
  const quote = !text.includes("'") ? "'" : text.includes('"') ? '`' : '"'
  const shown = printable(text.slice(0, LONGEST_TEXT).replaceAll('\\', '\\\\').replaceAll('\t', '\\t'))
  const [mark, length] = text.length > LONGEST_TEXT ? ['…', ` (${text.length} characters)`] : ['', '']
  return `${quote}${shown}${mark}${quote}${length}`
}

/** `bytes(5) aGVsbG8=` */
function shownBytes(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes
  const base64 = Buffer.from(buffer, byteOffset, Math.min(byteLength, MOST_BYTES)).toString('base64')
  return `bytes(${byteLength}) ${base64}${byteLength > MOST_BYTES ? '…' : ''}`
}

function nameOf({ name }: { readonly name: unknown }): string {
  return typeof name === 'string' && name !== '' ? ` ${printable(name)}` : ''
}
