/**
 * Functions that a topology answers, as `typhoon/drpc`: this re-exports and does nothing else. docs/drpc.md tells how
 * to use them.
 */
export { DrpcClient, type DrpcClientOptions } from './drpc-client.ts'
export { DRPCSpout, type DrpcArgs } from './drpc-spout.ts'
export { FUNCTION_KEY } from './functions-of.ts'
export {
  type DrpcRequest,
  type Invocations,
  type RequestFeed,
  requestIdOf,
  returnInfoOf,
} from './invocations.ts'
export { invocationsOf } from './invocations-of.ts'
export { BatchBolt, type BatchOutputCollector, type FinishedCallback } from './linear/batch-bolt.ts'
export { type LinearBolt, LinearDRPCInputDeclarer, LinearDRPCTopologyBuilder } from './linear/linear-builder.ts'
export { LocalDRPC, type LocalDrpcOptions } from './local-drpc.ts'
export { RequestSource } from './request-source.ts'
export { ReturnResults } from './return-results.ts'
