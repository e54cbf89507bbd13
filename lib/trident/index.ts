/**
 * typhoon/trident: micro-batches with exactly-once state. This re-exports and does nothing else. docs/trident.md tells
 * how to use it.
 */

export type { SyncPolicy } from '../store/format/store-options.ts'
export { keyOf, type StateKey, valuesOfKey } from '../values/key.ts'
// ── operations ──
export type { Comparator } from './aggregate/extreme.ts'
export type { JoinOutFieldsMode, JoinType } from './aggregate/join.ts'
export {
  BUILTINS,
  type Builtin,
  type BuiltinArgument,
  type BuiltinName,
  Count,
  debug,
  Equals,
  FilterNull,
  firstN,
  MapGet,
  Max,
  Min,
  maxBy,
  minBy,
  negate,
  SnapshotGet,
  Sum,
  TupleCollectionGet,
} from './builtin/index.ts'
export type {
  Aggregator,
  AnyAggregator,
  Awaitable,
  BatchId,
  CombinerAggregator,
  Consumer,
  FlatMapFunction,
  GroupedMultiReducer,
  MapFunction,
  MultiReducer,
  PerTask,
  QueryFunction,
  ReducerAggregator,
  StateUpdater,
  TridentCollector,
  TridentFilter,
  TridentFunction,
  TridentOperationContext,
} from './model/operation.ts'
export type {
  AnyTridentSpout,
  BatchCollector,
  BatchSpout,
  OpaquePartitionedTridentSpout,
  PartitionCoordinator,
  PartitionEmitter,
  PartitionedTridentSpout,
  TransactionAttempt,
  TransactionalEmitter,
} from './model/spout.ts'
export type {
  BackingMap,
  MapState,
  Snapshottable,
  SpoutKind,
  State,
  StateContext,
  StateFactory,
  StateKind,
  ValueUpdater,
} from './model/state.ts'
export { TridentTuple } from './model/tuple.ts'
export type { JoinOptions } from './program/join-options.ts'
// ── spouts ──
export { type CoreSpout, coreSpout } from './spout/core-spout.ts'
export { DirectorySpout, type DirectorySpoutOptions } from './spout/directory-spout.ts'
export { FeederBatchSpout } from './spout/feeder-batch-spout.ts'
export type { LineRow } from './spout/files/line-row.ts'
export { FixedBatchSpout } from './spout/fixed-batch-spout.ts'
export { type GeneratedBatches, generatedBatches, type MakeRow } from './spout/generated-batches.ts'
export {
  MemoryTransactionalSpout,
  OpaqueMemoryTransactionalSpout,
  type RowsByPartition,
} from './spout/memory-spouts.ts'
export {
  type FileRangeMeta,
  PartitionedFileSpout,
  type PartitionedFileSpoutOptions,
} from './spout/partitioned-file-spout.ts'
export type { RowRandom } from './spout/row-random.ts'
// ── states ──
export type { RedisOptions } from './state/backing/redis-options.ts'
export {
  embeddedMap,
  kindFor,
  mapState,
  memoryMap,
  redisMap,
  snapshot,
} from './state/factories.ts'
export { type FileSink, fileSink } from './state/file-state.ts'
export { NonTransactionalMap } from './state/map/non-transactional-map.ts'
export { OpaqueMap } from './state/map/opaque-map.ts'
export { TransactionalMap } from './state/map/transactional-map.ts'
export type { CustomMapOptions, FileSinkOptions, LineFormat, MapStateOptions } from './state/state-options.ts'
// ── the DSL ──
export { ChainedAggregate } from './stream/chained-aggregate.ts'
export { GroupedStream } from './stream/grouped-stream.ts'
export { Stream } from './stream/stream.ts'
export { TridentState } from './stream/trident-state.ts'
export { TridentTopology } from './stream/trident-topology.ts'
// ── windows ──
export {
  slidingCount,
  slidingDuration,
  tumblingCount,
  tumblingDuration,
  type WindowConfig,
} from './window/window-config.ts'
export { embeddedWindows, memoryWindows, type WindowStore } from './window/window-store.ts'
export type { WindowStoreOptions } from './window/window-store-options.ts'
