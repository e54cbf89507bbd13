/**
 * Functions that a topology answers, as `typhoon/drpc`: this re-exports and does nothing else. docs/drpc.md tells how
 * to use them.
 */
export { DrpcClient, type DrpcClientOptions } from './drpc-client.ts'
export { BatchBolt, type BatchOutputCollector, type FinishedCallback } from './linear/batch-bolt.ts'
export { type LinearBolt, LinearDRPCInputDeclarer, LinearDRPCTopologyBuilder } from './linear/linear-builder.ts'
export { FUNCTION_KEY } from './protocol/functions-of.ts'
export {
  type DrpcRequest,
  type Invocations,
  type RequestFeed,
  requestIdOf,
  returnInfoOf,
} from './protocol/invocations.ts'
export { LocalDRPC, type LocalDrpcOptions } from './server/local-drpc.ts'
export { DRPCSpout, type DrpcArgs } from './worker/drpc-spout.ts'
export { invocationsOf } from './worker/invocations-of.ts'
export { RequestSource } from './worker/request-source.ts'
export { ReturnResults } from './worker/return-results.ts'
