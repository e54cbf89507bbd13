/** typhoon/multilang: spouts and bolts in other languages. It re-exports and does nothing else. */
export { sendMetric } from './child/child-context.ts'
export { type AskedState, stateOf } from './child/states.ts'
export { taskIdsOf } from './child/task-ids.ts'
export { FluxShellBolt, FluxShellSpout } from './parent/flux-wrappers.ts'
export { ShellBolt } from './parent/shell-bolt.ts'
export type { ShellOptions, ShellOutputs, ShellStream } from './parent/shell-settings.ts'
export { ShellSpout } from './parent/shell-spout.ts'
