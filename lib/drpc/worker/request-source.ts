/**
 * What a task does with the requests of its function, for whichever spout emits them: takes them, and hears how their
 * trees have ended.
 *
 * A tree that was lost with a worker says nothing about its request: that is given again. All other failures are told
 * to who asked.
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
   * @param onError hears what could not be told to the server
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

  /** The next request, now; undefined where none waits. */
  next(): DrpcRequest | undefined {
    return this.#feed.take()
  }

  /** The tree of a request has failed. */
  fail(request: DrpcRequest, reason: FailReason): void {
    const told =
      reason.kind === 'worker lost'
        ? this.#invocations.giveBack(request)
        : this.#invocations.fail(request.id, describeReason(reason))
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
