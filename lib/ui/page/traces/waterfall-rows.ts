/** A tuple tree → the rows of its waterfall. Pure. */
import type { Trace, TracedTuple } from '../../../run/index.ts'

/** What a tuple does in a part of its time: it is carried, waits for its task, is executed, or waits to be settled. */
export type PartKind = 'wire' | 'queue' | 'execute' | 'wait'

/** A part of the time of a tuple, milliseconds since the root was emitted. */
export interface Part {
  readonly kind: PartKind
  readonly from: number
  readonly to: number
}

/** One tuple. */
export interface WaterfallRow {
  readonly tuple: TracedTuple
  /** How many anchors are above it. */
  readonly depth: number
  readonly parts: readonly Part[]
}

/** The rows, each below that of its anchor and in the order in which they were sent. */
export function waterfallRows(tuples: readonly TracedTuple[], depth = 0): WaterfallRow[] {
  return tuples.flatMap((tuple) => [
    { tuple, depth, parts: partsOf(tuple) },
    ...waterfallRows(tuple.children, depth + 1),
  ])
}

/** How long the whole is, milliseconds; never 0. */
export function lengthOf({ afterMs = 0 }: Trace, rows: readonly WaterfallRow[]): number {
  const ends = rows.flatMap(({ tuple, parts }) => [tuple.sentMs, ...parts.map(({ to }) => to)])
  return ends.reduce((most, end) => Math.max(most, end), Math.max(afterMs, 0.001))
}

/** Where a time is not known, what follows it is not either; what was settled in its execution waits for nothing. */
function partsOf({ sentMs, wireMs = 0, queueMs, executeMs, settledMs }: TracedTuple): Part[] {
  const parts: Part[] = []
  let at = sentMs
  const add = (kind: PartKind, to: number): void => {
    if (to > at) parts.push({ kind, from: at, to })
    at = Math.max(at, to)
  }
  add('wire', at + wireMs)
  if (queueMs === undefined) return parts
  add('queue', at + queueMs)
  if (executeMs === undefined) return parts
  add('execute', at + executeMs)
  if (settledMs !== undefined) add('wait', settledMs)
  return parts
}
