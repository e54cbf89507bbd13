/**
 * A tuple: values, where they came from, and its place in the trees of its roots.
 *
 * The law: `high`, `low` start as the 64 random bits of the edge that led here. Each tuple emitted with this one as its
 * anchor XORs its own edge in. What stands there when the tuple is acked is just what the acker must hear, so a tuple
 * needs no list of children. `trace` is folded in the same way (see `acker/trace.ts`).
 */

import { Fields } from './fields.ts'
import type { ComponentId, StreamId, TaskId } from './ids.ts'
import type { Values } from './row.ts'
import { DEFAULT_STREAM, TICK_STREAM } from './system-ids.ts'

/** Where a tuple comes from; one object per task and stream, shared by all its tuples. */
export interface TupleSource {
  readonly component: ComponentId
  readonly stream: StreamId
  readonly task: TaskId
  readonly fields: Fields
  /** Number of the stream among its component's, as it stands on the wire. */
  readonly streamIndex: number
  /** What its tuples come to in a bolt, where that is not `execute`: they are the runtime's own, and in no tree. */
  readonly calls?: 'tick' | 'onTimer' | 'onWatermark'
}

/** The place of a tuple in the tree of one root; 0 as `rootHigh` says that the tuple is in no tree. */
export interface Anchor {
  rootHigh: number
  rootLow: number
  high: number
  low: number
  trace: number
}

/** One tuple, as a bolt gets it. */
export class Tuple<Row = any> implements Anchor {
  readonly values: Values<Row>
  readonly source: TupleSource
  rootHigh: number
  rootLow: number
  high: number
  low: number
  trace: number
  /** Further trees that the tuple is in: it was emitted with several anchors. */
  more: Anchor[] | undefined
  /** Set by the first ack or fail; later ones are void. */
  settled: boolean

  constructor(
    values: Values<Row>,
    source: TupleSource,
    rootHigh: number,
    rootLow: number,
    high: number,
    low: number,
    trace: number,
    more: Anchor[] | undefined,
  ) {
    this.values = values
    this.source = source
    this.rootHigh = rootHigh
    this.rootLow = rootLow
    this.high = high
    this.low = low
    this.trace = trace
    this.more = more
    this.settled = false
  }

  /** The value of a field. @throws UNKNOWN_FIELD */
  get<Name extends keyof Row & string>(name: Name): Row[Name] {
    return (this.values as readonly any[])[this.source.fields.indexOf(name)]
  }

  get fields(): Fields<Row> {
    return this.source.fields as Fields<Row>
  }

  get sourceComponent(): ComponentId {
    return this.source.component
  }

  get sourceStream(): StreamId {
    return this.source.stream
  }

  get sourceTask(): TaskId {
    return this.source.task
  }

  /** The tuple by field name, for logs and dead letters. */
  toObject(): Row {
    const row: Record<string, unknown> = {}
    const values = this.values as readonly unknown[]
    for (const [index, name] of this.source.fields.names.entries()) row[name] = values[index]
    return row as Row
  }
}

/** A tuple that is in no tree: ticks, and tuples that were emitted without a message id. */
export function untrackedTuple<Row = any>(values: Values<Row>, source: TupleSource): Tuple<Row> {
  return new Tuple(values, source, 0, 0, 0, 0, 0, undefined)
}

/**
 * Whether a tuple is a tick (`topology.tick.tuple.freq.secs`) and none of the bolt's input: its one value is the
 * seconds.
 */
export function isTick(tuple: Tuple): boolean {
  return tuple.source.stream === TICK_STREAM
}

/** A tuple for tests of a bolt by itself, as Storm's `Testing.testTuple`: fields `field1`, `field2` … unless named. */
export function testTuple<Row = any>(
  values: Values<Row>,
  where: { component?: ComponentId; stream?: StreamId; task?: TaskId; fields?: readonly string[] } = {},
): Tuple<Row> {
  const names = where.fields ?? (values as readonly unknown[]).map((_, index) => `field${index + 1}`)
  return untrackedTuple(values, {
    component: where.component ?? 'component',
    stream: where.stream ?? DEFAULT_STREAM,
    task: where.task ?? 1,
    fields: new Fields(names),
    streamIndex: 0,
  })
}
