/** typhoon/windows: windows over tuples. It re-exports and does nothing else. */
export { Count, Duration, type Extent, type TimeUnit } from './tuples/extent.ts'
export { TupleWindow } from './tuples/tuple-window.ts'
export { WindowedBolt } from './tuples/windowed-bolt.ts'
