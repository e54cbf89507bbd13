/** The values of options, from text to data. Each says what is wrong in one sentence. */

import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { ConfigMap } from '../../index.ts'
import { takesText, typed } from '../../run/settings.ts'
import { parseExactJson } from '../../util/exact-json.ts'
import { shorten } from '../../words/suggest.ts'

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `30s` → 30000; ms, s, m and h. @throws USAGE */
export function parseDuration(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const ms = Math.round(Number(number) * UNITS_MS[unit]!)
  if (ms > 0 && ms <= Number.MAX_SAFE_INTEGER) return ms
  throw new TyphoonError('USAGE', `"${text}" is not a duration`, { hint: 'a number and a unit: 500ms, 30s, 5m, 1.5h' })
}

/** `4` → 4. @throws USAGE */
export function parseWorkers(text: string): number {
  const workers = /^\d+$/.test(text) ? Number(text) : text
  return typed({ 'topology.workers': workers as number })['topology.workers']
}

/** `4` → 4, from 1 up. @throws USAGE */
export function parseCount(text: string): number {
  const value = Number(text)
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(value)) return value
  throw new TyphoonError('USAGE', `"${text}" is not a whole number from 1 up`)
}

/** `8080` → 8080; 0 is any port that is free. @throws USAGE */
export function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new TyphoonError('USAGE', `"${text}" is not a port`)
}

/** A folder, meant from the working directory; it need not exist. @throws USAGE */
export function parseDirectory(text: string): string {
  if (text.trim() !== '') return text
  throw new TyphoonError('USAGE', 'the name of a folder is empty', { hint: 'example: --state state' })
}

/**
 * `-c key=value`, gathered: the value as JSON where it is JSON, else as text; of a key that takes a text it is that
 * text.
 * @throws USAGE, also for a key of the runtime whose value it cannot be, and for one that looks like a key of the
 * runtime and is none
 */
export function parseConfig(text: string, before: ConfigMap = {}): ConfigMap {
  const [key, value] = split(text, '-c topology.workers=4')
  const isText = takesText(key) && !/^(?:".*"|null)$/s.test(value)
  return { ...before, ...typed({ [key]: isText ? value : jsonOrText(value) }) }
}

/** `--set name=value`, gathered. @throws USAGE */
export function parseVariable(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [name, value] = split(text, '--set input=data.txt')
  return { ...before, [name]: value }
}

function split(text: string, example: string): [string, string] {
  const at = text.indexOf('=')
  const key = text.slice(0, Math.max(0, at)).trim()
  if (key === '')
    throw new TyphoonError('USAGE', `"${shorten(text)}" does not have the form key=value`, {
      hint: `example: ${example}`,
    })
  return [key, text.slice(at + 1)]
}

/**
 * JSON where it is JSON, else text; a whole number that a double cannot hold is a bigint.
 * @throws USAGE where it is nested too deep
 */
export function jsonOrText(value: string): unknown {
  try {
    return parseExactJson(value)
  } catch (error) {
    if (error instanceof RangeError) throw new TyphoonError('USAGE', `"${shorten(value)}": ${error.message}`)
    return value
  }
}
