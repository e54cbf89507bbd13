/** Numbers and times as people read them. */

/** `3d 4h`, `5m 6s` */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const
  const first = parts.findIndex(([count]) => count > 0)
  if (first === -1) return '0s'
  return parts
    .slice(first, first + 2)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ')
}

const UNITS = ['', 'k', 'M', 'G', 'T']

/** `0`, `12`, `1.2k`, `34M` */
export function count(value: number): string {
  let rest = value
  let unit = 0
  while (Math.abs(rest) >= 9999.5 || (unit > 0 && Math.abs(rest) >= 999.5)) {
    rest /= 1000
    unit++
  }
  if (unit === 0) return rest >= 100 || Number.isInteger(rest) ? String(Math.round(rest)) : rest.toPrecision(2)
  return `${rest >= 99.95 ? Math.round(rest) : rest.toFixed(1)}${UNITS[unit] ?? ''}`
}

/** `12 /s`; nothing where there is no rate yet. */
export function rate(perSecond: number | undefined): string {
  return perSecond === undefined ? '' : `${count(perSecond)}/s`
}

/** `0.04 ms`, `12 ms`, `3.4 s` */
export function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return ''
  if (ms >= 10_000) return `${(ms / 1000).toFixed(0)} s`
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`
}

/** `34 %` */
export function percent(share: number | undefined): string {
  return share === undefined ? '' : `${Math.round(share * 100)} %`
}

/** `120 MB` */
export function bytes(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} GB`
  if (value >= 1e6) return `${Math.round(value / 1e6)} MB`
  return value >= 1e3 ? `${Math.round(value / 1e3)} kB` : `${value} B`
}

/** The time of day of an ISO time, with the date where it is another day. */
export function clockTime(iso: string, now = new Date()): string {
  const time = new Date(iso)
  const isToday = time.toDateString() === now.toDateString()
  return isToday ? time.toLocaleTimeString() : time.toLocaleString()
}

/** `event time 12:00:01, 3s behind`; the number alone where it is no time of these days. */
export function eventTime(watermark: number, now = Date.now()): string {
  const behind = (now - watermark) / 1000
  if (Math.abs(behind) > LONGEST_LAG_SECS) return `event time ${watermark}`
  return `event time ${clockTime(new Date(watermark).toISOString())}, ${duration(behind)} behind`
}

/** A hundred years: what is farther away is counted in another unit. */
const LONGEST_LAG_SECS = 3.2e9

/** `1 worker`, `2 workers` */
export function plural(number: number, thing: string): string {
  return `${count(number)} ${number === 1 ? thing : thing.endsWith('y') ? `${thing.slice(0, -1)}ies` : `${thing}s`}`
}
