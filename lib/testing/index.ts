/** Tools to test topologies with, as `typhoon/testing`: they re-export and do nothing else. */
export type { RunReport } from '../daemon/report.ts'
export { testTuple } from '../tuple/tuple.ts'
export {
  type CompleteOptions,
  type CompleteResult,
  completeTopology,
  type EmittedTuple,
  multiset,
  readTuples,
} from './complete-topology.ts'
export { LocalCluster, type LocalClusterOptions, LocalTopology, type SubmitOptions } from './local-cluster.ts'
export { SimulatedClock } from './simulated-clock.ts'
export { AckFailMapTracker, type AckFailDelegate, AckTracker, FeederSpout, type FixedTuple, FixedTupleSpout } from './spouts.ts'
