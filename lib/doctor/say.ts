/** How numbers are said in findings. */
import { plural } from '../words/plural.ts'

const MB = 1e6
const MINUTE_SECS = 60

/** `97 %` */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** `12 ms`, `1.5 s` */
export function duration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return ms >= 10 ? `${Math.round(ms)} ms` : `${Number(ms.toPrecision(2))} ms`
}

/** `120 MB` */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`
}

/** `10 minutes` */
export function span(seconds: number): string {
  return seconds < 2 * MINUTE_SECS
    ? plural(Math.round(seconds), 'second')
    : plural(Math.round(seconds / MINUTE_SECS), 'minute')
}

/** `"a"`, `"a" and "b"`, `"a", "b" and "c"` */
export function named(names: readonly string[]): string {
  const quoted = names.map((name) => JSON.stringify(name))
  const last = quoted.pop() ?? 'nobody'
  return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`
}
