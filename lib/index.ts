/** The public face of Typhoon's core: it re-exports and does nothing else. */
export { CATALOGUE, type ErrorCode } from './errors/catalogue.ts'
export { formatProblem } from './errors/format.ts'
export {
  DefinitionError,
  messageOf,
  type Problem,
  TyphoonError,
  toProblem,
  type Where,
} from './errors/typhoon-error.ts'
export { BoltDeclarer, ComponentDeclarer, type Source, TopologyBuilder } from './topology/builder/topology-builder.ts'
export { type BoltMaker, type BoltOf, boltOf } from './topology/component/bolt-maker.ts'
export type { BasicOutputCollector, OutputCollector, SpoutOutputCollector } from './topology/component/collectors.ts'
export {
  type AnyBolt,
  type Backlog,
  BasicBolt,
  Bolt,
  type Component,
  DataBolt,
  type Positions,
  Spout,
} from './topology/component/component.ts'
export type {
  CustomStreamGrouping,
  GroupingContext,
  TopologyDefinition,
  TopologyFunction,
} from './topology/component/definition.ts'
export { describeReason, type FailReason, failedBy } from './topology/component/failure/fail-reason.ts'
export { isPermanent, PermanentError } from './topology/component/failure/permanent-error.ts'
export type { HandedResources } from './topology/component/handed-resources.ts'
export { AnchoredCollector } from './topology/component/hosting/anchored-collector.ts'
export { HostedBolt } from './topology/component/hosting/hosted-bolt.ts'
export { HostedSpout } from './topology/component/hosting/hosted-spout.ts'
export { alreadySettled } from './topology/component/hosting/refused-emits.ts'
export { SpoutErrors } from './topology/component/hosting/spout-errors.ts'
export {
  type DeclaredStream,
  declaredStreams,
  emittedLists,
  type ListOfEmitted,
} from './topology/component/hosting/streams.ts'
export type { BoltInput, BoltInputs, InputFinding } from './topology/component/inputs.ts'
export { type LeaseOfRun, leaseOf } from './topology/component/lease-of-run.ts'
export { type DirectStream, direct, type Outputs, type Streams } from './topology/component/outputs.ts'
export type {
  KeyValueState,
  Series,
  SeriesByKey,
  Settings,
  StateCell,
  StateOptions,
} from './topology/component/state.ts'
export { StatefulBolt } from './topology/component/stateful-bolt.ts'
export type { StdinOfRun } from './topology/component/stdin-of-run.ts'
export type { LogLevel, TaskContext, TaskHook, WorkerContext, WorkerHook } from './topology/component/task-context.ts'
export type { Counter, Gauge, TaskMetrics, ValueHistogram } from './topology/component/task-metrics.ts'
export type { TimeDomain, Timer, Timers } from './topology/component/timers.ts'
export {
  TIMESTAMP_DEFAULTS,
  type Timestamps,
} from './topology/component/timestamps.ts'
export type {
  CheckedConfig,
  ConfigMap,
  ConfigName,
  ConfigValue,
  ConfigValueOf,
  ResolvedConfig,
  TopologyConfig,
} from './topology/config/config.ts'
export { deadLettersFile } from './topology/config/dead-letters.ts'
export { CONFIG_KEYS } from './topology/config/keys.ts'
export type { ComponentSpec, GroupingSpec, TimestampSettings, TimestampSpec, Topology } from './topology/topology.ts'
export { Fields, type FieldsOptions, fields, type RowOf } from './tuple/fields.ts'
export type { ComponentId, Incarnation, StreamId, TaskId, WorkerId } from './tuple/ids.ts'
export type { Emitted, Kept, Listed, Named, NamesOf, RowData, TupleValues, Values } from './tuple/row.ts'
export {
  anything,
  bigint,
  boolean,
  bytes,
  date,
  listOf,
  nullable,
  number,
  type Schema,
  string,
} from './tuple/schema.ts'
export {
  DEAD_LETTERED_COUNTER,
  DEAD_LETTERS_COMPONENT,
  DEFAULT_STREAM,
  END_OF_INPUT_STREAM,
  HANDED_RESOURCE,
  HEARTBEAT_STREAM,
  HELD_COUNTER,
  LEASE_RESOURCE,
  LEFT_COUNTER,
  REPLAYED_COUNTER,
  STDIN_RESOURCE,
  SYSTEM_COMPONENT,
  SYSTEM_TASK,
  TICK_STREAM,
  WAITING_COUNTER,
} from './tuple/system-ids.ts'
export { isTick, Tuple, type TupleSource, testTuple, untrackedTuple } from './tuple/tuple.ts'
export { decode, encode } from './values/text.ts'
