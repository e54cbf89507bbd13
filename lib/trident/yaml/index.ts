/** Trident for those who read it from YAML: words and calls. It re-exports and does nothing else. */
export { Stream, TridentState } from '../stream/stream.ts'
export { TridentTopology } from '../stream/trident-topology.ts'
export { begin, operate, repartition, standIn, type Values } from './calls.ts'
export {
  checkRole,
  checkStateFactory,
  isBuiltin,
  isFunctionRole,
  makeBuiltin,
  nameOfRole,
} from './roles.ts'
export { spoutsByName, stateNamed, windowStoreNamed } from './stores.ts'
