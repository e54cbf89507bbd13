/**
 * Tools to test topologies with, as `typhoon/testing`: they re-export and do nothing else. docs/testing.md tells how to
 * use them.
 */
export type { RunEvents, RunStatus } from '../daemon/report/events.ts'
export type { ComponentReport, Outcome, RunReport } from '../daemon/report/report.ts'
export { testTuple } from '../index.ts'
export {
  type CompleteOptions,
  type CompleteResult,
  completeTopology,
  type EmittedTuple,
  type MockedBolt,
  multiset,
  readTuples,
} from './complete-topology.ts'
export { LocalCluster, type LocalClusterOptions, type SubmitOptions } from './local-cluster.ts'
export { type ComponentState, LocalTopology } from './local-topology.ts'
export { SimulatedClock } from './simulated/simulated-clock.ts'
export { FeederSpout, type FixedTuple, FixedTupleSpout } from './spouts.ts'
export { TestCollector, type TestEmit, testCollector } from './test-collector.ts'
export { type TestContext, type TestContextOptions, testContext } from './test-context.ts'
export { type AckFailDelegate, AckFailMapTracker, AckTracker } from './trackers.ts'
