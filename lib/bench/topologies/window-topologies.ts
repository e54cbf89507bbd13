/** Sliding counts by key in event time: the topology, and the events that its limit program counts, too. */
import {
  fields,
  type Positions,
  Spout,
  type SpoutOutputCollector,
  TopologyBuilder,
  type TopologyDefinition,
} from '../../index.ts'
import { counting, KeyedWindowBolt, sliding } from '../../windows/index.ts'
import { DevNullBolt } from './components.ts'

/** How long a window is. */
export const WINDOW_MS = 60_000
/** How often one begins. */
export const SLIDE_MS = 1000
const KEYS = 10_000
/** Events of one millisecond: in a second each key has ten. */
const EVENTS_PER_MS = 100
const START = Date.UTC(2026, 0, 1)
/** Coprime to the number of keys, so that each has its turn. */
const STRIDE = 7919

/** Row of an event. */
export type Event = { key: string; at: number }

/** The n-th event; its key is a text of its own, as one that comes out of a file or off the wire. */
export function eventOf(n: number): [key: string, at: number] {
  return [`key ${(n * STRIDE) % KEYS}`, START + Math.floor(n / EVENTS_PER_MS)]
}

/** Emits one event after the other, for ever. */
class Events extends Spout<Event, number> {
  override readonly outputs = fields<Event>('key', 'at')
  #collector!: SpoutOutputCollector<Event, number>
  #next = 0

  override open(_context: unknown, collector: SpoutOutputCollector<Event, number>): void {
    this.#collector = collector
  }

  nextTuple(): void {
    const n = this.#next++
    this.#collector.emit(eventOf(n), n)
  }

  override position(): Positions {
    return { all: this.#next }
  }

  override seek(positions: Positions): void {
    this.#next = positions['all'] as number
  }
}

/** The topology; undefined for another name. */
export function windowTopology(name: string): TopologyDefinition | undefined {
  if (name !== 'windows') return undefined
  const builder = new TopologyBuilder(name)
  const events = builder.setSpout('events', () => new Events())
  const counts = builder
    .setBolt(
      'counts',
      () =>
        new KeyedWindowBolt<Event, { key: string; count: number; start: number; end: number }>({
          keys: ['key'],
          window: sliding(WINDOW_MS, SLIDE_MS),
          aggregates: { count: counting() },
          timestamps: { field: 'at' },
        }),
    )
    .fieldsGrouping(events, ['key'])
  builder.setBolt('null', () => new DevNullBolt()).localOrShuffleGrouping(counts)
  return builder.createTopology()
}
