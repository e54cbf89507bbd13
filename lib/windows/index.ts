/** typhoon/windows: windows over tuples. It re-exports and does nothing else. */
export {
  type Aggregate,
  type AggregateWords,
  averaging,
  combining,
  counting,
  greatest,
  least,
  listing,
  summing,
} from './keyed/aggregate.ts'
export { KeyedWindowBolt } from './keyed/keyed-window-bolt.ts'
export type { KeyedWindowOptions } from './keyed/keyed-window-options.ts'
export type { Accumulation } from './keyed/windows.ts'
export {
  global,
  session,
  sliding,
  tumbling,
  type WindowAssigner,
  type WindowWords,
} from './model/assigner.ts'
export {
  afterCount,
  afterProcessingTime,
  afterWatermark,
  allOf,
  anyOf,
  type Trigger,
  type TriggerWords,
} from './model/trigger.ts'
export { Count, Duration, type Extent, type TimeUnit } from './tuples/extent.ts'
export { TupleWindow } from './tuples/tuple-window.ts'
export { type WindowFunction, WindowFunctionBolt } from './tuples/window-function-bolt.ts'
export { WindowedBolt } from './tuples/windowed-bolt.ts'
