/**
 * Runs one task of a bolt where a tuple is atomic (`topology.guarantee: exactly-once`): what its execution writes into
 * the states of the task and what it emits take effect together when `execute` returns, or its promise resolves; or not
 * at all. A tuple whose execution throws is tried again, and given up after so many times (`attempts.ts`): nothing else
 * has suffered.
 *
 * The law of captures: a tuple has been executed, with all its effects, or it is in flight, with none. So a capture may
 * come at any time between two turns, whatever is open then.
 */
import { type TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import type { TaskStates } from '../../state/task-states.ts'
import { ACKED, type Counters, EXECUTED, FAILED, WAITING_MS } from '../../stats/counters.ts'
import { FailedInputs } from '../../stats/failed-inputs.ts'
import { SampledTimes } from '../../stats/sampled-times.ts'
import type { Stopwatch } from '../../stats/stopwatch.ts'
import type { HostedBolt } from '../../topology/component/hosting/hosted-bolt.ts'
import { lateEmit, lateWrite, type Over, strayWrite } from '../../topology/component/hosting/refused-emits.ts'
import type { TaskContext } from '../../topology/component/task-context.ts'
import type { ComponentId, TaskId } from '../../tuple/ids.ts'
import { isMadeAnew } from '../../tuple/system-ids.ts'
import { TICK_SOURCE } from '../../tuple/system-sources.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import { handled, isThenable, rejected } from '../../util/thenable.ts'
import type { LetterRoute } from '../task/dead-letters.ts'
import type { Emitter } from '../task/emitter.ts'
import { type Executor, observe, problemIn } from '../task/executor.ts'
import type { TaskInput } from '../task/inbox.ts'
import type { ExecutorPorts } from '../task/ports.ts'
import type { SampledKeys } from '../task/sampled-keys.ts'
import type { TaskParts } from '../task/task-parts.ts'
import { Attempts } from './attempts.ts'
import { ExactBasicCollector, ExactCollector, type ExactSide } from './exact-collectors.ts'
import type { Hand } from './hands.ts'
import { isRuntimes } from './runtime-tuples.ts'
import { Staged } from './staged.ts'
import { WriteScope } from './write-scope.ts'

export class ExactBoltExecutor implements Executor, ExactSide {
  readonly task: TaskId
  readonly component: ComponentId
  readonly inbox: TaskInput
  readonly counters: Counters
  readonly pending = 0
  readonly emitter: Emitter
  readonly ports: ExecutorPorts
  readonly times = new SampledTimes()
  readonly failedInputs = new FailedInputs()
  keys: SampledKeys | undefined
  ticks = 0
  heldBy = 0
  held: Stopwatch | undefined
  open: Staged | undefined
  readonly #bolt: HostedBolt
  readonly #context: TaskContext
  readonly #states: TaskStates
  readonly #scope: WriteScope
  readonly #attempts: Attempts
  readonly #hand: Hand | undefined
  /** Of the execution that is under way, as long as it has returned no promise. */
  readonly #staged = new Staged()
  /** Tuples whose promise is open, and those that a bolt which acks by itself has not settled. */
  readonly #begun = new Set<Tuple>()
  #promises = 0

  /**
   * @param states of the task
   * @param letters where what it gives up goes; undefined: nowhere
   * @param hand where it is watched what it executes
   */
  constructor(bolt: HostedBolt, parts: TaskParts, states: TaskStates, letters?: LetterRoute, hand?: Hand) {
    const { context, inbox, emitter, ports } = parts
    this.#hand = hand
    this.task = context.task
    this.component = context.component
    this.inbox = inbox
    this.counters = emitter.counters
    this.emitter = emitter
    this.ports = ports
    this.#bolt = bolt
    this.#context = context
    this.#states = states
    this.#scope = new WriteScope(states.gate, bolt.isAtomic, {
      late: (owner) => this.#lateWrite(owner),
      stray: () => ports.report(strayWrite(this)),
    })
    this.#attempts = new Attempts({ bolt, states, scope: this.#scope, letters }, parts)
  }

  /** A bolt that acks by itself may hold tuples for ever: only their executions are waited for. */
  get unsettled(): number {
    return this.#promises + this.#attempts.size
  }

  /** Those of a basic bolt, too, as long as their promises are open. */
  get unacked(): number {
    return this.#begun.size
  }

  /** Nothing waits to be executed, and no promise is open; a bolt that acks by itself may hold tuples. */
  get isAtRest(): boolean {
    if (this.unsettled > 0) return false
    for (const tuple of this.inbox) if (!isMadeAnew(tuple.sourceStream)) return false
    return true
  }

  async prepare(): Promise<void> {
    await this.#bolt.prepare(this.#context, new ExactCollector(this))
    observe(this.emitter.hooks, this.ports, this, (hook) => hook.prepare?.(this.#context))
    this.#states.keep()
    this.#scope.shut()
  }

  /** Hot. */
  run(quota: number): number {
    // Two executions that are open at once would see each other's writes, or share what an atomic one has staged.
    const isFree = this.#states.isEmpty && (this.#bolt.isBasic || !this.#bolt.isAtomic)
    const most = isFree ? this.#context.config['topology.bolt.concurrency'] : 1
    const concurrency = this.#hand === undefined ? most : this.#hand.room(this.#promises, most)
    let done = 0
    while (done < quota && this.heldBy === 0 && this.#promises < concurrency) {
      const tuple = this.#next()
      if (tuple === undefined) break
      done++
      if (this.times.isDue && !isRuntimes(tuple)) this.#executeMeasured(tuple)
      else this.#execute(tuple)
    }
    this.times.passed(done)
    return done
  }

  #executeMeasured(tuple: Tuple): void {
    const { clock } = this.ports
    const promises = this.#promises
    const began = clock.now()
    this.times.begin(tuple, began)
    this.#execute(tuple)
    if (this.#promises > promises) this.times.awaits(tuple, began)
    else this.times.executed(clock.now() - began)
    this.keys?.saw(tuple)
  }

  /** Hot. Where as many wait as an inbox holds, none is taken from there: then it fills, and its senders are held. */
  #next(): Tuple | undefined {
    return this.#attempts.takeDue() ?? (this.#attempts.isFull ? undefined : this.inbox.shift())
  }

  /** What has come to the task and has had no effect yet, the oldest first. */
  *inFlight(): Iterable<Tuple> {
    yield* this.#begun
    // Timers are state, and watermarks are sent again.
    for (const tuple of this.#attempts) if (!isRuntimes(tuple)) yield tuple
    for (const tuple of this.inbox) if (!isMadeAnew(tuple.sourceStream)) yield tuple
  }

  /**
   * A snapshot is taken: what the bolt wants to find again, or a promise of it, whose rejection is handled. What it
   * writes is of no execution, though one may be open. Between two turns. Never throws.
   */
  prepareCommit(snapshot: number): unknown {
    if (this.#promises === 0) this.#states.keep()
    try {
      const kept = this.#states.aside(() => this.#scope.aside(() => this.#bolt.prepareCommit(snapshot)))
      return isThenable(kept) ? handled(Promise.resolve(kept)) : kept
    } catch (error) {
      return rejected(error)
    }
  }

  /** The snapshot is complete. */
  commit(snapshot: number): void | Promise<unknown> {
    return this.#bolt.commit(snapshot)
  }

  async endOfInput(): Promise<void> {
    const staged = new Staged()
    const collector = this.#newCollector()
    this.#scope.open()
    if (collector === undefined) this.open = staged
    else collector.staged = staged
    await this.#bolt.endOfInput(collector)
    this.open = undefined
    this.#takeEffect(staged)
    this.#scope.shut()
    if (collector !== undefined) collector.over = 'acked'
  }

  async close(): Promise<void> {
    await this.#bolt.cleanup()
    observe(this.emitter.hooks, this.ports, this, (hook) => hook.cleanup?.())
  }

  /** Where a tuple is atomic there are no roots. */
  follow(): void {}

  latency(): [] {
    return []
  }

  /** Of a bolt that acks by itself. */
  ack(tuple: Tuple): void {
    if (this.open === undefined) {
      // What it has written for the tuple stays with the ack.
      this.#states.keep()
      this.#ack(tuple)
    } else this.open.ack(tuple)
  }

  readonly #ack = (tuple: Tuple): void => {
    if (this.#begun.delete(tuple)) this.#acked(tuple)
  }

  fail(tuple: Tuple, error: unknown): void {
    if (this.#begun.delete(tuple)) this.#failed(tuple, error)
  }

  reportError(error: unknown): void {
    this.ports.report(problemIn(this, error), error)
  }

  lateEmit(over: Over): TyphoonError {
    const error = lateEmit(this, over)
    // What has failed is tried again.
    if (over === 'acked') this.ports.fatal(toProblem(error), error)
    return error
  }

  /** Of a basic bolt: one for each execution. */
  #newCollector(): ExactBasicCollector | undefined {
    return this.#bolt.isBasic ? new ExactBasicCollector(this) : undefined
  }

  /** Hot. */
  #execute(tuple: Tuple): void {
    this.counters[EXECUTED]!++
    const isOwn = isRuntimes(tuple)
    if (isOwn) this.ticks++
    this.#states.inHand = isOwn ? undefined : tuple
    const began = this.emitter.hooks.length > 0 ? this.ports.clock.now() : 0
    const collector = this.#newCollector()
    if (collector === undefined && !isOwn) this.#begun.add(tuple)
    // What a bolt has written at its own time is of no execution.
    if (!this.#bolt.isAtomic && this.#promises === 0) this.#states.keep()
    this.open = this.#staged
    this.#scope.open()
    let promise: void | Promise<unknown>
    try {
      promise = this.#scope.isOn ? this.#callInScope(tuple, collector, isOwn) : this.#call(tuple, collector, isOwn)
    } catch (error) {
      this.open = undefined
      this.#states.inHand = undefined
      this.#threw(tuple, collector, this.#staged, error, began)
      if (this.#promises === 0) this.#scope.shut()
      return
    }
    this.open = undefined
    if (promise !== undefined && isThenable(promise)) this.#await(tuple, collector, promise, began)
    else {
      this.#states.inHand = undefined
      this.#executed(tuple, collector, this.#staged, began)
      if (this.#promises === 0) this.#scope.shut()
    }
  }

  /** Apart, for a closure costs its function an allocation also where it is not made. */
  #callInScope(tuple: Tuple, collector: ExactBasicCollector | undefined, isOwn: boolean): void | Promise<unknown> {
    return this.#scope.run(tuple, () => this.#call(tuple, collector, isOwn))
  }

  /** Hot. */
  #call(tuple: Tuple, collector: ExactBasicCollector | undefined, isOwn: boolean): void | Promise<unknown> {
    return this.#hand === undefined ? this.#enter(tuple, collector, isOwn) : this.#callInHand(tuple, collector, isOwn)
  }

  #callInHand(tuple: Tuple, collector: ExactBasicCollector | undefined, isOwn: boolean): void | Promise<unknown> {
    return this.#hand!.take(tuple, () => this.#enter(tuple, collector, isOwn))
  }

  /** Hot. */
  #enter(tuple: Tuple, collector: ExactBasicCollector | undefined, isOwn: boolean): void | Promise<unknown> {
    return isOwn ? this.#bolt.system(tuple, collector) : this.#bolt.execute(tuple, collector)
  }

  #lateWrite(owner: Tuple | undefined): TyphoonError {
    const error = lateWrite(this)
    // What has failed is tried again, and writes it then.
    if (owner === undefined || !this.#attempts.has(owner)) this.ports.fatal(toProblem(error), error)
    return error
  }

  #await(tuple: Tuple, collector: ExactBasicCollector | undefined, promise: PromiseLike<unknown>, hooks: number): void {
    const staged = this.#staged.moved()
    if (collector === undefined) {
      if (this.#bolt.isAtomic) this.open = staged
      else this.#takeEffect(staged)
    } else {
      collector.staged = staged
      if (!isRuntimes(tuple)) this.#begun.add(tuple)
    }
    this.#promises++
    this.#scope.waits()
    const began = this.ports.clock.now()
    const settle = (): void => {
      this.#promises--
      this.#states.inHand = undefined
      if (this.#promises === 0) this.#scope.shut()
      const now = this.ports.clock.now()
      this.counters[WAITING_MS]! += now - began
      this.times.settled(tuple, now)
      this.ports.wake()
    }
    Promise.resolve(promise).then(
      () => {
        this.open = undefined
        this.#executed(tuple, collector, staged, hooks)
        settle()
      },
      (error: unknown) => {
        this.open = undefined
        this.#threw(tuple, collector, staged, error, hooks)
        settle()
      },
    )
  }

  /** Hot. */
  #executed(tuple: Tuple, collector: ExactBasicCollector | undefined, staged: Staged, began: number): void {
    this.#takeEffect(staged)
    if (this.emitter.hooks.length > 0) this.#observeExecute(tuple, began)
    if (collector !== undefined) collector.over = 'acked'
    if (isRuntimes(tuple)) this.#attempts.succeeded(tuple)
    else if (collector !== undefined) {
      if (this.#begun.size > 0) this.#begun.delete(tuple)
      this.#acked(tuple)
    }
  }

  /** Hot. */
  #takeEffect(staged: Staged): void {
    this.#states.keep()
    if (!staged.isEmpty) staged.send(this.emitter, this.#ack)
  }

  #acked(tuple: Tuple): void {
    this.#attempts.succeeded(tuple)
    this.counters[ACKED]!++
    if (this.times.waits) this.times.acked(tuple, this.ports.clock.now())
    if (this.emitter.hooks.length > 0)
      observe(this.emitter.hooks, this.ports, this, (hook) => hook.boltAck?.({ tuple }))
  }

  #threw(
    tuple: Tuple,
    collector: ExactBasicCollector | undefined,
    staged: Staged,
    error: unknown,
    began: number,
  ): void {
    const acked = staged.clear()
    this.#states.undo()
    this.ports.report(problemIn(this, error, 'EXECUTE_FAILED'), error)
    if (this.emitter.hooks.length > 0) this.#observeExecute(tuple, began)
    if (collector !== undefined) collector.over = 'failed'
    // What it has acked has had no effect either.
    for (const other of acked) if (other !== tuple && this.#begun.delete(other)) this.#failed(other, error)
    // A bolt that acks by itself may have settled it; and the next tick comes by itself.
    const isOpen = this.#begun.delete(tuple) || collector !== undefined || isRuntimes(tuple)
    if (isOpen && tuple.source !== TICK_SOURCE) this.#failed(tuple, error)
  }

  #failed(tuple: Tuple, error: unknown): void {
    this.counters[FAILED]!++
    this.times.failed(tuple)
    if (tuple.source.calls === undefined) this.failedInputs.add(tuple.source)
    observe(this.emitter.hooks, this.ports, this, (hook) => hook.boltFail?.({ tuple, error }))
    this.#attempts.failed(tuple, error)
  }

  giveUp(tuple: Tuple, failures: number, error: unknown): void {
    this.#attempts.giveUp(tuple, failures, error)
  }

  /** @param began when the execution began; 0 where nobody was interested then */
  #observeExecute(tuple: Tuple, began: number): void {
    const latencyMs = began === 0 ? 0 : this.ports.clock.now() - began
    observe(this.emitter.hooks, this.ports, this, (hook) => hook.boltExecute?.({ tuple, latencyMs }))
  }
}
