/** What colours and widths of the graph mean; the legend says the same. */
import type { ComponentFigures } from '../../../history/figures.ts'
import type { Tone } from '../parts/status.ts'

/** From which share on a component is busy, and has no room left. */
export const BUSY = 0.6
export const FULL = 0.9

/** How busy a component is, as a word for styles. */
export type Load = 'idle' | 'calm' | 'busy' | 'full'

/** Of the busiest task. */
export function loadOf(capacity: number): Load {
  if (capacity >= FULL) return 'full'
  if (capacity >= BUSY) return 'busy'
  return capacity >= 0.01 ? 'calm' : 'idle'
}

/** As a colour of words. */
export function toneOfLoad(capacity: number): Tone {
  const load = loadOf(capacity)
  return load === 'full' ? 'bad' : load === 'busy' ? 'warn' : load === 'calm' ? 'good' : 'off'
}

/** From 1, where nothing flows, to 7, with a step for each tenfold rate. */
export function widthOf(perSecond: number): number {
  return Math.min(7, 1 + Math.log10(1 + perSecond))
}

/** The figures of several components as one: sums, and the greatest share. */
export function summed(all: readonly (ComponentFigures | undefined)[]) {
  const sum = { emitted: 0, executed: 0, failed: 0, queued: 0, capacity: 0 }
  for (const one of all) {
    if (one === undefined) continue
    sum.emitted += one.perSecond.emitted
    sum.executed += one.perSecond.executed
    sum.failed += one.failed
    sum.queued += one.queued
    sum.capacity = Math.max(sum.capacity, one.capacity)
  }
  return sum
}
