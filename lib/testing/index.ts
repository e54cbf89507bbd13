/**
 * Tools to test topologies with, as `typhoon/testing`: they re-export and do nothing else. docs/testing.md tells how to
 * use them.
 */
export type { FaultKind } from '../chaos/faults.ts'
export type { CameOut, Oracle, SinkRows } from '../chaos/oracle.ts'
export type { ChaosLine, Deviation, DisturbedRun, Verdict } from '../chaos/verdict.ts'
export type { RunEvents, RunStatus } from '../daemon/report/events.ts'
export type { ComponentReport, Outcome, RunReport } from '../daemon/report/report.ts'
export { testTuple } from '../index.ts'
export { LocalCluster, type LocalClusterOptions, type SubmitOptions } from './cluster/local-cluster.ts'
export { type ComponentState, LocalTopology } from './cluster/local-topology.ts'
export type { MockedBolt } from './cluster/mocked.ts'
export { FeederSpout, type FixedTuple, FixedTupleSpout } from './cluster/spouts.ts'
export { type AckFailDelegate, AckFailMapTracker, AckTracker } from './cluster/trackers.ts'
export {
  type CompleteOptions,
  type CompleteResult,
  completeTopology,
  type EmittedTuple,
  multiset,
  readTuples,
} from './complete-topology.ts'
export { type ChaosOptions, chaos } from './seeds/chaos.ts'
export { SimulatedClock } from './simulated/simulated-clock.ts'
export { TestCollector, type TestEmit, testCollector } from './test-collector.ts'
export { type TestContext, type TestContextOptions, testContext } from './test-context.ts'
