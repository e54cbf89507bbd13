/**
 * The heart of a DRPC server: which requests wait, who has them, and how each ends. Rules: apache/storm
 * `storm-server/src/main/java/org/apache/storm/daemon/drpc/DRPC.java`. No input, no output, and the clock is given.
 *
 * The promise: every request ends just once: with its result, its failure, its time-out, or the end of the server. What
 * comes for it after that is dropped and counted. One that is lost with a worker is given again as long as its time
 * lasts: the run finds out which tuple ends workers (`daemon/inquest`), and fails no other.
 */

import { TyphoonError } from '../../index.ts'
import type { Clock } from '../../util/time/clock.ts'
import { plural } from '../../words/plural.ts'
import { shorten, suggest } from '../../words/suggest.ts'
import { type DrpcRequest, LONGEST_NAME, MAX_RESULT_BYTES } from '../protocol/invocations.ts'

/** How a request ended. */
export type RequestOutcome = { readonly result: string } | { readonly error: TyphoonError }

/** What can be set of a server. */
export interface DrpcServerOptions {
  readonly clock: Pick<Clock, 'after'>
  /** `drpc.request.timeout.secs`, in milliseconds. */
  readonly timeoutMs: number
  /** `drpc.queue.size` */
  readonly queueSize: number
  /** Whatever is not listed is refused; left out: every function may be asked for. */
  readonly functions?: readonly string[]
  /**
   * With it the ids of its requests begin: what comes late for those of a server that is gone is nothing to this one.
   */
  readonly name?: string
}

/** Someone who takes requests, and may be lost with those that it has. */
export interface Holder {
  readonly inHand: Set<Pending>
}

/** A request that has not ended. */
interface Pending extends DrpcRequest {
  attempt: number
  /** Attempts that were lost, and what the last of them was lost with. */
  losses: number
  lastLoss: string
  /** The task that has it, or had it last. */
  task: string | undefined
  holder: Holder | undefined
  /** Whether it waits in the queue; otherwise it was given to a task. */
  waits: boolean
  readonly done: (outcome: RequestOutcome) => void
  cancelTimeout: () => void
}

/** Waiting requests of one function, in their order; maps, for any of them may leave at any time. */
interface Queue {
  /** Were given away and came back: these go first, and no limit refuses them. */
  readonly again: Map<string, Pending>
  readonly fresh: Map<string, Pending>
}

/**
 * A request that was lost more often may be what ends the workers. It goes back to the task that had it, where the
 * search for such a tuple knows it again.
 */
const LOSSES_BY_CHANCE = 1

/** The requests of one server. */
export class DrpcServer {
  /** Results and failures that came for a request that had ended. */
  late = 0
  readonly #options: DrpcServerOptions
  readonly #pending = new Map<string, Pending>()
  readonly #queues = new Map<string, Queue>()
  readonly #watchers = new Set<(functionName: string) => void>()
  #lastId = 0
  #ending = false

  constructor(options: DrpcServerOptions) {
    this.#options = options
  }

  /** Requests that have not ended. */
  get pending(): number {
    return this.#pending.size
  }

  /** Requests of a function that nobody has taken. */
  waiting(functionName: string): number {
    const queue = this.#queues.get(functionName)
    return queue === undefined ? 0 : queue.again.size + queue.fresh.size
  }

  /** Whether a function may be asked for. */
  serves(functionName: string): boolean {
    return functionName.length <= LONGEST_NAME && (this.#options.functions?.includes(functionName) ?? true)
  }

  /**
   * The result of a function.
   * @throws DRPC_TIMEOUT, DRPC_FAILED, DRPC_QUEUE_FULL, DRPC_SHUTDOWN, DRPC_BAD_REQUEST (rejects)
   */
  async execute(functionName: string, args: string): Promise<string> {
    if (typeof args !== 'string')
      throw new TyphoonError('DRPC_BAD_REQUEST', `the arguments of "${functionName}" are a text, not a ${typeof args}`)
    return new Promise((resolve, reject) => {
      this.begin(functionName, args, (outcome) => {
        if ('result' in outcome) resolve(outcome.result)
        else reject(outcome.error)
      })
    })
  }

  /**
   * Like `execute`, with a callback, which may be called before this returns.
   * @returns what takes the request back, without a call
   */
  begin(functionName: string, args: string, done: (outcome: RequestOutcome) => void): () => void {
    const refusal = this.#refusal(functionName)
    if (refusal !== undefined) {
      done({ error: refusal })
      return () => {}
    }
    const id = `${this.#options.name ?? ''}${++this.#lastId}`
    const cancelTimeout = this.#options.clock.after(this.#options.timeoutMs, () => this.#timedOut(request))
    const request: Pending = {
      id,
      function: functionName,
      args,
      attempt: 0,
      losses: 0,
      lastLoss: '',
      task: undefined,
      holder: undefined,
      waits: true,
      done,
      cancelTimeout,
    }
    this.#pending.set(id, request)
    this.#queueOf(functionName).fresh.set(id, request)
    this.#tell(functionName)
    return () => void this.#end(request)
  }

  /**
   * The oldest request that waits for this function; undefined where none does. Never blocks.
   * @param task that takes it
   */
  fetchRequest(functionName: string, holder?: Holder, task?: string): DrpcRequest | undefined {
    const queue = this.#queues.get(functionName)
    if (queue === undefined) return undefined
    const isForTask = (request: Pending): boolean => request.losses <= LOSSES_BY_CHANCE || request.task === task
    const request = [...queue.again.values()].find(isForTask) ?? queue.fresh.values().next().value
    if (request === undefined) return undefined
    queue.again.delete(request.id)
    queue.fresh.delete(request.id)
    request.waits = false
    request.attempt++
    request.task = task
    request.holder = holder
    holder?.inHand.add(request)
    const { id, args, attempt } = request
    return { id, function: functionName, args, attempt }
  }

  /** Ends a request with its result. A result that is too large is a failure. */
  result(id: string, result: string): void {
    const bytes = result.length * 3 > MAX_RESULT_BYTES ? Buffer.byteLength(result) : 0
    if (bytes <= MAX_RESULT_BYTES) this.#finish(id, () => ({ result }))
    else this.failRequest(id, `its result has ${bytes} bytes; the limit is ${MAX_RESULT_BYTES}`)
  }

  /** Ends a request with DRPC_FAILED. */
  failRequest(id: string, reason: string): void {
    this.#finish(id, (request) => ({
      error: new TyphoonError('DRPC_FAILED', `the request of "${request.function}" failed: ${reason}`, {
        where: { function: request.function },
      }),
    }))
  }

  /**
   * A request that was fetched waits again, before all others: an attempt at it was lost, by whomever. One that was
   * given away since is left alone.
   */
  giveBack(id: string, attempt: number, loss: string): void {
    const request = this.#inHand(id, attempt)
    if (request === undefined) return
    request.losses++
    request.lastLoss = loss
    this.#putBack(request)
  }

  /** A request that was fetched but not begun waits again; the attempt does not count. */
  untouched(id: string, attempt: number): void {
    const request = this.#inHand(id, attempt)
    if (request === undefined) return
    request.attempt--
    this.#putBack(request)
  }

  /** Gives back all that a holder has. */
  lose(holder: Holder): void {
    for (const { id, attempt } of [...holder.inHand]) this.giveBack(id, attempt, 'its connection broke')
  }

  /** Calls back whenever a request has begun to wait. @returns what ends that */
  watch(onWaiting: (functionName: string) => void): () => void {
    this.#watchers.add(onWaiting)
    return () => void this.#watchers.delete(onWaiting)
  }

  /**
   * Takes no more requests; those that wait end with DRPC_SHUTDOWN, those that were given away may still be answered.
   */
  drain(): void {
    this.#ending = true
    for (const request of [...this.#pending.values()]) if (request.waits) this.#end(request, { error: shutdown() })
  }

  /** Every request ends with DRPC_SHUTDOWN. */
  shutdown(): void {
    this.#ending = true
    for (const request of [...this.#pending.values()]) this.#end(request, { error: shutdown() })
  }

  #refusal(functionName: string): TyphoonError | undefined {
    if (this.#ending) return shutdown()
    const { functions = [], queueSize } = this.#options
    if (!this.serves(functionName))
      return new TyphoonError('DRPC_BAD_REQUEST', `no topology serves the function "${shorten(functionName)}"`, {
        where: { function: shorten(functionName) },
        hint: suggest(functionName, functions),
      })
    if ((this.#queues.get(functionName)?.fresh.size ?? 0) < queueSize) return undefined
    const message = `${plural(queueSize, 'request')} of "${functionName}" already waiting`
    return new TyphoonError('DRPC_QUEUE_FULL', message, {
      where: { function: functionName },
      hint: 'ask again later; more tasks make the function faster, drpc.queue.size lets more requests wait',
    })
  }

  #timedOut(request: Pending): void {
    const { timeoutMs } = this.#options
    const message = `the request of "${request.function}" was not answered within ${timeoutMs / 1000} s: ${whyNot(request)}`
    this.#end(request, { error: new TyphoonError('DRPC_TIMEOUT', message, { where: { function: request.function } }) })
  }

  /** The request that this attempt has in hand; undefined where it has ended, waits, or was given away since. */
  #inHand(id: string, attempt: number): Pending | undefined {
    const request = this.#pending.get(id)
    return request === undefined || request.waits || request.attempt !== attempt ? undefined : request
  }

  #putBack(request: Pending): void {
    this.#letGo(request)
    if (this.#ending) {
      this.#end(request, { error: shutdown() })
      return
    }
    request.waits = true
    this.#queueOf(request.function).again.set(request.id, request)
    this.#tell(request.function)
  }

  #finish(id: string, outcome: (request: Pending) => RequestOutcome): void {
    const request = this.#pending.get(id)
    if (request === undefined) this.late++
    else this.#end(request, outcome(request))
  }

  /** @param outcome left out: whoever asked does not want to know */
  #end(request: Pending, outcome?: RequestOutcome): void {
    if (!this.#pending.delete(request.id)) return
    request.cancelTimeout()
    this.#letGo(request)
    const queue = this.#queueOf(request.function)
    queue.again.delete(request.id)
    queue.fresh.delete(request.id)
    if (queue.again.size + queue.fresh.size === 0) this.#queues.delete(request.function)
    if (outcome !== undefined) request.done(outcome)
  }

  #letGo(request: Pending): void {
    request.holder?.inHand.delete(request)
    request.holder = undefined
  }

  #queueOf(functionName: string): Queue {
    let queue = this.#queues.get(functionName)
    if (queue === undefined) {
      queue = { again: new Map(), fresh: new Map() }
      this.#queues.set(functionName, queue)
    }
    return queue
  }

  #tell(functionName: string): void {
    for (const watcher of this.#watchers) watcher(functionName)
  }
}

/** Someone new who may take requests. */
export function newHolder(): Holder {
  return { inHand: new Set() }
}

/** Why a request was not answered in time. */
function whyNot({ waits, losses, lastLoss }: Pending): string {
  const now = waits ? 'no task has taken it' : 'the task that took it has not answered'
  return losses === 0
    ? now
    : `${plural(losses, 'attempt')} lost with a worker (the last: ${lastLoss}); since then ${now}`
}

function shutdown(): TyphoonError {
  return new TyphoonError('DRPC_SHUTDOWN', 'the DRPC server is shutting down')
}
