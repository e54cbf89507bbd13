/**
 * Counts flights by the day on which they should have left, though they are read in the order in which they did leave:
 * 20,000 flights of 2001 out of the package vega-datasets, 11,405 of which come behind a newer one, by 491 minutes at
 * worst.
 *
 *     npm install vega-datasets
 *     typhoon run topologies/flights.ts --set output=flights.tsv
 *
 * A line for each origin and day (origin, flights, mean delay in minutes, beginning and end of the day in milliseconds
 * since 1970), each exactly once, whatever is killed meanwhile.
 */
import { readFileSync } from 'node:fs'
import {
  fields,
  number,
  type Positions,
  type RowOf,
  Spout,
  type SpoutOutputCollector,
  string,
  type TaskContext,
  TopologyBuilder,
  type TopologyFunction,
} from 'typhoon'
import { FileSinkBolt } from 'typhoon/components'
import { averaging, counting, KeyedWindowBolt, tumbling } from 'typhoon/windows'

const FLIGHT = fields({ origin: string, at: number, delay: number })
type Flight = RowOf<typeof FLIGHT>

interface Day {
  origin: string
  flights: number
  delay: number | null
  start: number
  end: number
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** By how much a flight may come behind a newer one. */
const LAG_MS = 500 * MINUTE_MS

/** The flights of a file, in the order in which they left. */
export function departures(file: string): Flight[] {
  const rows = JSON.parse(readFileSync(file, 'utf8')) as { date: string; delay: number; origin: string }[]
  return rows
    .map(({ date, delay, origin }) => ({ origin, delay, at: Date.parse(`${date.replaceAll('/', '-')}Z`) }))
    .sort((a, b) => a.at + a.delay * MINUTE_MS - (b.at + b.delay * MINUTE_MS))
}

class Departures extends Spout<Flight> {
  override readonly outputs = FLIGHT
  readonly #file: string
  #flights: readonly Flight[] = []
  #next = 0
  #out!: SpoutOutputCollector<Flight>

  constructor(file: string) {
    super()
    this.#file = file
  }

  override open(_context: TaskContext, out: SpoutOutputCollector<Flight>): void {
    this.#flights = departures(this.#file)
    this.#out = out
  }

  nextTuple(): void {
    const flight = this.#flights[this.#next]
    if (flight === undefined) return
    this.#next++
    this.#out.emit(flight)
  }

  override position(): Positions {
    return { all: this.#next }
  }

  override seek(positions: Positions): void {
    this.#next = positions['all'] as number
  }

  override isExhausted(): boolean {
    return this.#next >= this.#flights.length
  }
}

const flights: TopologyFunction = ({ variables }) => {
  const { input = 'node_modules/vega-datasets/data/flights-20k.json', output = '' } = variables
  const builder = new TopologyBuilder('flights', { 'topology.guarantee': 'exactly-once' })
  const source = builder
    .setSpout('departures', () => new Departures(input))
    .setTimestamps({ field: 'at', lagMs: LAG_MS })
  const days = builder
    .setBolt(
      'days',
      () =>
        new KeyedWindowBolt<Flight, Day>({
          keys: ['origin'],
          window: tumbling(DAY_MS),
          aggregates: { flights: counting(), delay: averaging('delay') },
          timestampField: 'at',
        }),
      2,
    )
    .fieldsGrouping(source, ['origin'])
  builder.setBolt('output', () => new FileSinkBolt(output)).globalGrouping(days)
  return builder.createTopology()
}

export default flights
