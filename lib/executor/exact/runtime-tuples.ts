/** Tuples of the runtime's own: ticks, timers, watermarks. */
import type { Timer } from '../../topology/component/timers.ts'
import { TIMER_SOURCE } from '../../tuple/system-sources.ts'
import type { Tuple } from '../../tuple/tuple.ts'

/** Whether a tuple is one of the runtime's own: a tick, a timer, a watermark. Hot. */
export function isRuntimes(tuple: Tuple): boolean {
  return tuple.source.calls !== undefined
}

/** For messages. */
export function nameOf({ source, values: [value] }: Tuple): string {
  return source === TIMER_SOURCE ? `a timer of "${(value as Timer).name}"` : 'a watermark'
}
