/** A bolt that knows event time, as its executor calls it. */
import type { TaskTimers } from '../../state/timers/task-timers.ts'
import type { BasicOutputCollector } from '../../topology/component/collectors.ts'
import type { AnyBolt } from '../../topology/component/component.ts'
import { HostedBolt } from '../../topology/component/hosting/hosted-bolt.ts'
import type { Timer } from '../../topology/component/timers.ts'
import { TIMER_SOURCE } from '../../tuple/system-sources.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import { isThenable } from '../../util/thenable.ts'
import type { TaskTimestamps } from './task-timestamps.ts'

/** A timer is gone when it fires, within the execution that it is: what is undone of that brings it back. */
export class TimedBolt extends HostedBolt {
  readonly #timers: TaskTimers
  readonly #date: () => number

  /** @param date milliseconds since 1970 */
  constructor(bolt: AnyBolt, timers: TaskTimers, date: () => number) {
    super(bolt)
    this.#timers = timers
    this.#date = date
  }

  /** The clock may have been set back since a timer failed. Event time never goes back. */
  override postpone({ source, values: [value] }: Tuple): boolean {
    if (source !== TIMER_SOURCE) return false
    const timer = value as Timer
    if (timer.domain === 'event' || timer.time <= this.#date()) return false
    this.#timers.putBack(timer)
    return true
  }

  override system(tuple: Tuple, collector: BasicOutputCollector | undefined): void | Promise<unknown> {
    this.leave(tuple)
    return super.system(tuple, collector)
  }

  override leave(tuple: Tuple): void {
    if (tuple.source === TIMER_SOURCE) this.#timers.fire(tuple.values[0] as Timer)
  }
}

/**
 * Reads the timestamp of each tuple before it is executed: one that has none fails. It counts when the execution is
 * over: of what fails nothing has happened, and where its values are wrong its time may be, too.
 */
export class TimestampedBolt extends TimedBolt {
  readonly #timestamps: TaskTimestamps

  /** @param date milliseconds since 1970 */
  constructor(bolt: AnyBolt, timers: TaskTimers, timestamps: TaskTimestamps, date: () => number) {
    super(bolt, timers, date)
    this.#timestamps = timestamps
  }

  /** Hot. @throws BAD_TIMESTAMP and what the bolt throws */
  override execute(tuple: Tuple, collector: BasicOutputCollector | undefined): void | Promise<unknown> {
    const timestamps = this.#timestamps
    const values = tuple.values as readonly unknown[]
    const timestamp = timestamps.timestampOf(tuple.source, values)
    if (timestamp === undefined) return super.execute(tuple, collector)
    const partition = timestamps.partitionOf(tuple.source, values)
    const returned = super.execute(tuple, collector)
    if (isThenable(returned)) return Promise.resolve(returned).then(() => timestamps.count(partition, timestamp))
    timestamps.count(partition, timestamp)
    return returned
  }
}
