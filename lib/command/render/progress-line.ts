/**
 * Progress where there is no terminal: a plain line now and then, so that a log stays short however long the run is.
 */
import type { RunView } from './live.ts'
import { count, megabytes, plural, rate, seconds } from './numbers.ts'

/**
 * Seconds of the run at which the next line is due: every 2 s, after a minute every 10 s, after ten minutes every
 * minute.
 */
export function nextLineAt(now: number): number {
  return now + (now < 60 ? 2 : now < 600 ? 10 : 60)
}

/**
 * Example: `12.0 s running 1,200 roots acked (100/s), 16 pending, 0 failed emitted/s: lines 100 executed/s: split 100
 * 184 MB`
 */
export function progressLine(view: RunView): string {
  const { acked, ackedPerSecond, pending, failed } = view.roots
  const roots = `${plural(acked, 'root')} acked (${rate(ackedPerSecond)}/s), ${count(pending)} pending, ${count(failed)} failed`
  const emitted = view.components
    .filter(({ kind }) => kind === 'spout')
    .map(({ id, emittedPerSecond }) => `${id} ${rate(emittedPerSecond)}`)
  const executed = view.components
    .filter(({ kind }) => kind === 'bolt')
    .map(({ id, executedPerSecond }) => `${id} ${rate(executedPerSecond)}`)
  const parts = [
    seconds(view.seconds),
    view.status,
    ...(view.tracked ? [roots] : []),
    `emitted/s: ${emitted.join(', ')}`,
    ...(executed.length === 0 ? [] : [`executed/s: ${executed.join(', ')}`]),
    megabytes(view.memoryBytes),
  ]
  return parts.join('  ')
}
