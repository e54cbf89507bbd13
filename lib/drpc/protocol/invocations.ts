/**
 * The side of a DRPC server that does the work: tasks take requests and return results. Storm's
 * DistributedRPCInvocations.
 *
 * The promise: a request that was taken ends in a result, in a failure, or in its time-out; where the worker that has
 * it is lost, it is given to another. So a function may see a request more than once, and must change nothing by it.
 */
import { TyphoonError } from '../../index.ts'

/** Characters of the longest name of a function, as in Storm's names; a longer one is invalid. */
export const LONGEST_NAME = 256

/** A request, as a task gets it. */
export interface DrpcRequest {
  /** Unique in its server. */
  readonly id: string
  readonly function: string
  readonly args: string
  /** How often it has been given away, from 1 up. What is kept by request goes by `id` and `attempt`. */
  readonly attempt: number
}

/** The requests of one function, for one task. */
export interface RequestFeed {
  /** The next request, now; undefined where none waits. Never blocks. */
  take(): DrpcRequest | undefined
  /** Gives back what was not taken, and gets no more until `resume`. */
  pause(): void
  resume(): void
  /** Like `pause`, for good. */
  close(): void
}

/**
 * What the run hands to its workers, as a resource of this name; never in an environment, which every child process
 * would get.
 */
export const DRPC_RESOURCE = 'typhoon.drpc'

/** Where the workers of a run find its DRPC server, and what they prove themselves with. */
export interface WorkerDoor {
  readonly url: string
  readonly secret: string
}

/** What a task needs of the server of its requests; see `invocationsOf`. */
export interface Invocations {
  /**
   * Opens a feed.
   * @param holder names the task, the same in every life of its worker: what an earlier life has taken and not answered
   * is given again, at first to any task, and from the second loss on to this one
   * @param onRequest a request has come that can be taken
   */
  feed(functionName: string, holder: string, onRequest: () => void): RequestFeed
  /**
   * Returns the result. Of several the first counts; one that comes too late is dropped.
   * @throws DRPC_UNREACHABLE (rejects) after three attempts
   */
  result(id: string, result: string): Promise<void>
  /** The request fails, with this reason. @throws DRPC_UNREACHABLE (rejects) after three attempts */
  fail(id: string, reason: string): Promise<void>
  /**
   * Puts a request back that was taken, so that it is given again, for as long as its time-out allows.
   * @param loss what this attempt was lost with, for the message of that time-out
   * @throws as `fail`
   */
  giveBack(request: DrpcRequest, loss: string): Promise<void>
  /** One of its users needs it no more. */
  release(): void
}

/** Largest result, in bytes of UTF-8; a larger one fails its request. */
export const MAX_RESULT_BYTES = 16 * 1024 * 1024

/** What goes with the arguments through a topology, and says where the result belongs; Storm's return-info, a text. */
export function returnInfoOf({ id, attempt }: DrpcRequest): string {
  return JSON.stringify({ id, attempt })
}

/** The id of the request that a return-info belongs to. @throws DRPC_BAD_REQUEST if it is invalid */
export function requestIdOf(returnInfo: unknown): string {
  try {
    const { id } = JSON.parse(returnInfo as string) as { id?: unknown }
    if (typeof id === 'string') return id
  } catch {
    // Told below.
  }
  throw new TyphoonError('DRPC_BAD_REQUEST', `${JSON.stringify(returnInfo)} is not a return-info of a DRPC request`, {
    hint: 'ReturnResults gets the result as its first value and the returnInfo of DRPCSpout, unchanged, as its second',
  })
}
