/**
 * The emitter of a spout whose tuples have timestamps. A tuple without one that must have it is not sent, as one whose
 * values do not fit their fields; and a timestamp counts when its tuple has left.
 */
import type { TaskId } from '../../tuple/ids.ts'
import type { Emitted } from '../../tuple/row.ts'
import { Emitter, type OutputStream } from '../task/emitter.ts'
import type { TaskTimestamps } from './task-timestamps.ts'

export class TimedEmitter extends Emitter {
  readonly #timestamps: TaskTimestamps

  constructor(timestamps: TaskTimestamps, ...parts: ConstructorParameters<typeof Emitter>) {
    super(...parts)
    this.#timestamps = timestamps
  }

  /** Hot. @throws BAD_TIMESTAMP and as it is */
  override valuesOf(stream: OutputStream, emitted: Emitted): readonly unknown[] {
    const values = super.valuesOf(stream, emitted)
    this.#timestamps.timestampOf(stream.source, values)
    return values
  }

  /** Hot. */
  override sent(
    stream: OutputStream,
    values: readonly unknown[],
    tasks: readonly TaskId[],
    rootHigh: number,
    rootLow: number,
  ): void {
    super.sent(stream, values, tasks, rootHigh, rootLow)
    this.#timestamps.observe(stream.source, values)
  }
}
