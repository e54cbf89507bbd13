/** Numbers for people to read. */
import { plural as pluralOf } from '../../words/plural.ts'

/** Before every third digit from the end. `toLocaleString` would load the tables of all languages. */
const THOUSANDS = /\B(?=(?:\d{3})+$)/g

/** `1,234,567` */
export function count(value: number): string {
  return String(Math.round(value)).replace(THOUSANDS, ',')
}

/** Per second: small rates with one digit after the point. */
export function rate(value: number): string {
  return value > 0 && value < 10 ? value.toFixed(1) : count(value)
}

/** A part of one as `85%`. */
export function percent(part: number): string {
  return `${Math.round(part * 100)}%`
}

/** Milliseconds to three digits, in a unit that fits: `4.56 µs`, `12.3 ms`, `1.23 s`. */
export function milliseconds(value: number): string {
  if (value >= 1000) return `${digits(value / 1000)} s`
  return value >= 1 || value === 0 ? `${digits(value)} ms` : `${digits(value * 1000)} µs`
}

/** `3.21 s`, from a minute on `1:02`, from an hour on `1:01:02`. */
export function seconds(value: number): string {
  if (value < 60) return `${digits(value)} s`
  const whole = Math.floor(value)
  const pad = (part: number) => String(part).padStart(2, '0')
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes}:${pad(whole % 60)}`
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`
}

/** Whole megabytes. */
export function megabytes(bytes: number): string {
  return `${count(bytes / 1_000_000)} MB`
}

/** `1 task`, `2 tasks` */
export function plural(value: number, noun: string): string {
  return pluralOf(value, noun, count(value))
}

/** Ascending numbers with runs drawn together: `1-4, 7`. */
export function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = []
  for (const value of numbers) {
    const last = runs.at(-1)
    if (last !== undefined && value === last[1] + 1) last[1] = value
    else runs.push([value, value])
  }
  return runs
    .map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}-${to}`))
    .join(', ')
}

/** Three digits that count, and at most three after the point. */
function digits(value: number): string {
  if (value >= 100) return value.toFixed(0)
  if (value >= 10) return value.toFixed(1)
  return value >= 1 || value === 0 ? value.toFixed(2) : value.toFixed(3)
}
