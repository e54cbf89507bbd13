/** Takes tuples and does nothing with them (apache/storm `examples/storm-perf/.../DevNullBolt.java`). */
import { BasicBolt } from '../../index.ts'

/** Acks every tuple and does nothing else. */
export class NullBolt extends BasicBolt {
  override execute(): void {}
}
