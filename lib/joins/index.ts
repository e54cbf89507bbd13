/** typhoon/joins: joins of streams, and what goes with them. It re-exports and does nothing else. */
export { AsOfJoinBolt, type AsOfJoinOptions } from './as-of-join-bolt.ts'
export { DedupBolt, type DedupOptions } from './dedup-bolt.ts'
export { IntervalJoinBolt, type IntervalJoinOptions } from './interval-join-bolt.ts'
export { JoinBolt, type SideSelector } from './join-bolt.ts'
export type { JoinKind } from './join-rows.ts'
export type { SideOptions } from './sides.ts'
export { TableJoinBolt, type TableJoinOptions } from './table-join-bolt.ts'
