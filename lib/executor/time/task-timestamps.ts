/**
 * The timestamps of one task's tuples: those that a spout emits, or that come to a bolt. They are read as the component
 * says (`topology/component/timestamps.ts`), and watermarks are made of them.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { Watermark } from '../../marks/channel-watermarks.ts'
import { NewestTimestamps, type Partition } from '../../marks/newest-timestamps.ts'
import { TIMESTAMP_DEFAULTS, type Timestamps } from '../../topology/component/timestamps.ts'
import { Tuple, type TupleSource } from '../../tuple/tuple.ts'
import { mapKeyOf } from '../../values/key.ts'
import { show } from '../../values/show.ts'
import { TIMESTAMP_HINT, timestampIn } from '../../values/timestamp.ts'

/** Characters of a wrong value in a message. */
const MOST_SHOWN = 60

/** How the tuples of one stream are read. */
interface Reading {
  /** Of the timestamp among the values; -1: the stream has no such field. */
  readonly index: number
  /** Of the partition; -1: all of the stream are of one. */
  readonly partitionIndex: number
  readonly partition: Partition
}

export class TaskTimestamps {
  readonly intervalMs: number
  /** +Infinity: the tasks of the spout do not wait for each other. */
  readonly maxDriftMs: number
  readonly #timestamps: Timestamps
  readonly #owner: Pick<TupleSource, 'component' | 'task'>
  readonly #isByStream: boolean
  readonly #newest: NewestTimestamps
  readonly #readings = new Map<TupleSource, Reading>()
  #source: TupleSource | undefined
  #reading: Reading | undefined

  /**
   * @param owner whose timestamps they are
   * @param inputs the streams that come to a bolt, each of which is a partition; undefined for a spout, of which each
   * task is one
   * @param now milliseconds
   * @param restored where its partitions were at the snapshot that it begins with
   */
  constructor(
    timestamps: Timestamps,
    owner: Pick<TupleSource, 'component' | 'task'>,
    inputs: readonly Pick<TupleSource, 'component' | 'stream' | 'fields'>[] | undefined,
    now: number,
    restored: Iterable<readonly [Partition, number]> = [],
  ) {
    const { lagMs, idleMs, intervalMs } = { ...TIMESTAMP_DEFAULTS, ...timestamps }
    this.intervalMs = intervalMs
    this.maxDriftMs = timestamps.maxDriftMs ?? Number.POSITIVE_INFINITY
    this.#timestamps = timestamps
    this.#owner = owner
    this.#isByStream = inputs !== undefined
    const timed = inputs?.filter(({ fields }) => timestamps.field === undefined || fields.has(timestamps.field))
    const expected = timestamps.partition === undefined ? (timed?.map(nameOf) ?? ['']) : []
    this.#newest = new NewestTimestamps(lagMs, idleMs, expected, now)
    if (timestamps.partition === undefined) return
    for (const [partition, timestamp] of restored) this.#newest.expect(partition, timestamp)
  }

  /**
   * Where its partitions are, for a snapshot: a task that begins with it waits for the slow ones, whichever is heard
   * first. Empty where there is none but those that are known anyway.
   * @param watermark what the task has come to: what has come to it above that, it may execute again
   */
  partitions(watermark: number): (readonly [Partition, number])[] {
    return this.#timestamps.partition === undefined ? [] : [...this.#newest.newest(watermark)]
  }

  /** How far event time has come. @param now milliseconds */
  watermark(now: number): Watermark {
    return this.#newest.watermark(now)
  }

  /** Nothing could come. @param now milliseconds @param partitions all of them unless given */
  rested(now: number, partitions?: Iterable<Partition>): void {
    this.#newest.rested(now, partitions)
  }

  /** The partitions that are further ahead of a watermark than they may be. */
  ahead(watermark: number): Iterable<Partition> {
    return this.#newest.ahead(watermark + this.maxDriftMs)
  }

  /** Takes a tuple into account. Hot. @throws BAD_TIMESTAMP */
  observe(source: TupleSource, values: readonly unknown[]): void {
    const timestamp = this.timestampOf(source, values)
    if (timestamp !== undefined) this.count(this.partitionOf(source, values), timestamp)
  }

  /** A tuple with this timestamp is there. Hot. */
  count(partition: Partition, timestamp: number): void {
    this.#newest.observe(partition, timestamp)
  }

  /** The partition of a tuple that has a time. Hot. */
  partitionOf(source: TupleSource, values: readonly unknown[]): Partition {
    const { partition, partitionIndex } = this.#read(source)
    return partitionIndex < 0 ? partition : mapKeyOf(values[partitionIndex])
  }

  /** The timestamp of a tuple; undefined where it has no time. Hot. @throws BAD_TIMESTAMP */
  timestampOf(source: TupleSource, values: readonly unknown[]): number | undefined {
    const { extractor } = this.#timestamps
    const { index } = this.#read(source)
    if (extractor === undefined && index < 0) return undefined
    const found =
      extractor === undefined
        ? values[index]
        : extractor(new Tuple(values as unknown[], source, 0, 0, 0, 0, 0, undefined))
    if (extractor !== undefined && found === undefined) return undefined
    const timestamp = timestampIn(found)
    if (timestamp === undefined) throw this.#bad(source, found)
    return timestamp
  }

  /** Hot. */
  #read(source: TupleSource): Reading {
    if (source !== this.#source) {
      this.#reading = this.#readingOf(source)
      this.#source = source
    }
    return this.#reading!
  }

  #readingOf(source: TupleSource): Reading {
    let reading = this.#readings.get(source)
    if (reading === undefined) {
      const { field, partition } = this.#timestamps
      const indexIn = (name: string | undefined): number =>
        name !== undefined && source.fields.has(name) ? source.fields.indexOf(name) : -1
      reading = {
        index: indexIn(field),
        partitionIndex: indexIn(partition),
        partition: this.#isByStream ? nameOf(source) : '',
      }
      this.#readings.set(source, reading)
    }
    return reading
  }

  #bad({ component, stream }: TupleSource, found: unknown): TyphoonError {
    const { field } = this.#timestamps
    const what = field === undefined ? 'what the extractor makes of a tuple' : `the field "${field}"`
    const shown = found === undefined || found === null ? 'missing' : `${show(found, MOST_SHOWN)}, and not a timestamp`
    const { component: own, task } = this.#owner
    const from = component === own ? {} : { from: component }
    const where = { component: own, task, stream, ...from, ...(field === undefined ? {} : { field }) }
    return new TyphoonError('BAD_TIMESTAMP', `${what} of "${component}", stream ${stream}, is ${shown}`, {
      where,
      hint: TIMESTAMP_HINT,
    })
  }
}

function nameOf({ component, stream }: Pick<TupleSource, 'component' | 'stream'>): string {
  return JSON.stringify([component, stream])
}
