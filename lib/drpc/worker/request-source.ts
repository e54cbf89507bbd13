/**
 * What a task does with the requests of its function, for whichever spout emits them: takes them, and hears how their
 * trees have ended.
 *
 * A tree that was lost with a worker says nothing about its request: that is given again, unless it was found to be
 * what ends the workers. This and all other failures go to the client that asked.
 */
import { describeReason, type FailReason, messageOf, type TaskContext } from '../../index.ts'
import type { DrpcRequest, Invocations, RequestFeed } from '../protocol/invocations.ts'
import { invocationsOf } from './invocations-of.ts'

/** The requests of one function, in one task. */
export class RequestSource {
  readonly #invocations: Invocations
  readonly #feed: RequestFeed
  readonly #onError: (error: unknown) => void

  /**
   * @param local the server, where it is in this process; else that of the run
   * @param onError called with what could not be reported to the server
   * @throws DRPC_UNREACHABLE where there is no server
   */
  constructor(
    context: TaskContext,
    functionName: string,
    local: Invocations | undefined,
    onError: (error: unknown) => void,
  ) {
    this.#invocations = local ?? invocationsOf(context)
    const holder = `${context.topology}/${context.component}/${context.task}`
    this.#feed = this.#invocations.feed(functionName, holder, () => context.wake())
    this.#onError = onError
  }

  /** The next request, now; undefined where none waits. The best message id for its tree. */
  next(): DrpcRequest | undefined {
    const request = this.#feed.take()
    return request && new Taken(request)
  }

  /** The tree of a request has failed. */
  fail(request: DrpcRequest, reason: FailReason): void {
    const isInnocent = reason.kind === 'worker lost' && reason.poison !== true
    const why = describeReason(reason)
    const told = isInnocent ? this.#invocations.giveBack(request, why) : this.#invocations.fail(request.id, why)
    told.catch(this.#onError)
  }

  /** The request cannot even be begun with. */
  refuse(request: DrpcRequest, error: unknown): void {
    this.#invocations.fail(request.id, messageOf(error)).catch(this.#onError)
  }

  /** The task may emit again. */
  activate(): void {
    this.#feed.resume()
  }

  /** The task emits no more: others may have its requests. */
  deactivate(): void {
    this.#feed.pause()
  }

  close(): void {
    this.#feed.close()
    this.#invocations.release()
  }
}

/**
 * A request that was taken. As a message id all attempts at one request are the same, so that the search for the tuple
 * that ends workers knows it again.
 */
class Taken implements DrpcRequest {
  readonly id: string
  readonly function: string
  readonly args: string
  readonly attempt: number

  constructor({ id, function: name, args, attempt }: DrpcRequest) {
    this.id = id
    this.function = name
    this.args = args
    this.attempt = attempt
  }

  toJSON(): object {
    return { function: this.function, id: this.id }
  }
}
