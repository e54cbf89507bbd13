/**
 * The windowed bolt of Storm's example of Flux, so that the file runs as it is. Rule: apache/storm
 * `flux/flux-examples/.../examples/TestWindowBolt.java`.
 */
import { type BasicOutputCollector, fields } from '../../index.ts'
import type { TupleWindow } from './tuple-window.ts'
import { WindowedBolt } from './windowed-bolt.ts'

/** Emits how many tuples a window has: field `count`. */
export class TestWindowBolt extends WindowedBolt<any, { count: number }> {
  override readonly outputs = fields<{ count: number }>('count')

  execute(window: TupleWindow, collector: BasicOutputCollector<{ count: number }>): void {
    collector.emit([window.get().length])
  }
}
