/**
 * Runs one task of a spout: its verdicts first, then as many tuples as there is room for. Rules: apache/storm
 * `storm-client/.../executor/spout/SpoutExecutor.java`. What becomes of its roots stands in `verdicts.ts`.
 */

import { type Problem, TyphoonError } from '../../errors/typhoon-error.ts'
import type { Watermark } from '../../marks/channel-watermarks.ts'
import type { Counters } from '../../stats/counters.ts'
import type { HistogramData } from '../../stats/histogram.ts'
import type { Stopwatch } from '../../stats/stopwatch.ts'
import type { Backlog, Positions, Spout } from '../../topology/component/component.ts'
import { HostedSpout } from '../../topology/component/hosting/hosted-spout.ts'
import { isReplayable } from '../../topology/component/hosting/replayable.ts'
import { SpoutErrors } from '../../topology/component/hosting/spout-errors.ts'
import type { TaskContext } from '../../topology/component/task-context.ts'
import { type ComponentId, rootHighOf, rootLowBefore, type TaskId } from '../../tuple/ids.ts'
import { ACK_ACK_STREAM, ACK_FAIL_STREAM, NOTE_STREAM, TICK_STREAM, WATERMARK_STREAM } from '../../tuple/system-ids.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import { isThenable } from '../../util/thenable.ts'
import { valueOfMapKey } from '../../values/key.ts'
import type { MapKey } from '../../values/own-key.ts'
import { plural } from '../../words/plural.ts'
import { type LetterRoute, postLetter } from '../task/dead-letters.ts'
import type { Emitter } from '../task/emitter.ts'
import { type Executor, observe, problemIn } from '../task/executor.ts'
import type { TaskInput } from '../task/inbox.ts'
import type { ExecutorPorts } from '../task/ports.ts'
import type { TaskParts } from '../task/task-parts.ts'
import type { Tracer } from '../task/tracer.ts'
import type { Handover } from './handover.ts'
import { LowWater } from './low-water.ts'
import { PendingRoots } from './pending-roots.ts'
import { SpoutCollector } from './spout-collector.ts'
import { Staging } from './staging.ts'
import { Verdicts } from './verdicts.ts'

/** How many calls of nextTuple share one reading of the clock. */
const CALLS_PER_CLOCK = 32

export class SpoutExecutor implements Executor {
  readonly task: TaskId
  readonly component: ComponentId
  readonly inbox: TaskInput
  readonly counters: Counters
  readonly ticks = 0
  heldBy = 0
  held: Stopwatch | undefined
  /** The spout has said that it has nothing more to emit. */
  exhausted = false
  active = false
  /** How often `nextTuple` was called and emitted nothing, without a break. */
  idleCalls = 0
  /** How far another task of the component is in event time, where they wait for each other. */
  onWatermark: ((task: TaskId, watermark: Watermark) => void) | undefined
  /** What the nimbus orders during an inquest. */
  readonly staging: Staging
  readonly verdicts: Verdicts
  readonly #spout: Spout
  readonly #context: TaskContext
  readonly #ports: ExecutorPorts
  readonly emitter: Emitter
  readonly #hosted: HostedSpout
  readonly #collector: SpoutCollector
  readonly #roots: PendingRoots
  readonly #maxPending: number
  readonly #errors: SpoutErrors
  /** Where message ids are acked by snapshots. */
  readonly #handover: Handover | undefined
  /** Where it is a replayable source whose roots are tracked. */
  readonly #lowWater: LowWater | undefined
  /** A promise of `nextTuple` is open. */
  #asking = false

  /**
   * @param tracks false where the topology has no ackers
   * @param handover where message ids are acked by snapshots
   * @param letters where what it gives up goes; undefined: it writes that by itself
   */
  constructor(
    spout: Spout,
    { context, inbox, emitter, ports }: TaskParts,
    tracks: boolean,
    handover?: Handover,
    letters?: LetterRoute,
  ) {
    this.task = context.task
    this.component = context.component
    this.inbox = inbox
    this.counters = emitter.counters
    this.#spout = spout
    this.#context = context
    this.#ports = ports
    this.emitter = emitter
    const report = (error: unknown, method?: string): void => ports.report(this.#problem(error, method), error)
    this.#hosted = new HostedSpout(spout, report, () => ports.wake())
    this.#roots = new PendingRoots(rootHighOf(this.task, ports.incarnation), rootLowBefore(ports.incarnation))
    this.#maxPending = context.config['topology.max.spout.pending'] ?? Number.POSITIVE_INFINITY
    this.#handover = handover
    if (isReplayable(spout) && context.config['topology.guarantee'] !== 'exactly-once')
      this.#lowWater = new LowWater(this.#roots, (id) => spout.owes?.(id) ?? spout.fail !== undefined)
    this.#errors = new SpoutErrors(context.config['topology.spout.error.limit'])
    this.#collector = new SpoutCollector(emitter, this.#roots, ports, tracks, {
      isHeldBack: () => this.heldBy > 0,
      untracked: (messageId) =>
        handover === undefined ? this.verdicts.acked(messageId, 0) : handover.emitted(messageId),
      report,
    })
    const { component, task } = this
    if (letters !== undefined)
      this.#collector.giveUp = (tuple) => postLetter(letters, emitter, { ...tuple, component, task })
    this.verdicts = new Verdicts({
      task: this,
      spout: this.#hosted,
      collector: this.#collector,
      roots: this.#roots,
      emitter,
      ports,
      timeoutMs: context.config['topology.message.timeout.secs'] * 1000,
      lowWater: this.#lowWater,
      onFailed: () => {
        this.idleCalls = 0
        if (this.exhausted) this.#checkExhausted()
      },
    })
    this.staging = new Staging(this.#collector, this.verdicts, () => ports.wake())
  }

  /** A promise of `nextTuple` counts as one of any other call. */
  get unsettled(): number {
    return this.#hosted.unsettled + (this.#asking ? 1 : 0)
  }

  get pending(): number {
    return this.#collector.pendingCount
  }

  get backlog(): Backlog | undefined {
    return this.#hosted.backlog()
  }

  async prepare(): Promise<void> {
    await this.#hosted.open(this.#context, this.#collector)
    this.#lowWater?.begin(this.#spout.position?.())
    observe(this.emitter.hooks, this.#ports, this, (hook) => hook.prepare?.(this.#context))
  }

  async close(): Promise<void> {
    await this.#hosted.close()
    observe(this.emitter.hooks, this.#ports, this, (hook) => hook.cleanup?.())
  }

  /**
   * Goes back to where a snapshot was taken.
   * @param positions of all partitions of the component, whoever has read them
   * @param tasks how many the component had then
   * @throws STATE_FOREIGN where the spout cannot share them out anew; what it throws (rejects)
   */
  async seek(positions: Positions, tasks: number): Promise<void> {
    const { component, task } = this
    const now = this.#context.tasksOf().length
    if (tasks !== now && this.#spout.canRescale !== true) {
      const message = `"${component}" had ${plural(tasks, 'task')} when the snapshot was taken and has ${now} now, and its positions are bound to that number`
      throw new TyphoonError('STATE_FOREIGN', message, {
        where: { component, task },
        hint: 'give it as many tasks as it had; a spout whose partitions any task can read says canRescale = true',
      })
    }
    await this.#spout.seek?.(positions)
    this.#lowWater?.begin(this.#spout.position?.())
  }

  /**
   * A snapshot is taken: where a later run goes on; undefined where the spout does not know. Between two turns.
   */
  capture(): Positions | undefined {
    this.#handover?.capture()
    if (this.#lowWater === undefined) return this.#spout.position?.()
    // What is staged was emitted, and is no root yet.
    const isStaging = this.#collector.pendingCount > this.#roots.size
    return this.#lowWater.look(isStaging ? undefined : this.#spout.position?.())
  }

  /** The snapshot that was taken last is complete. */
  handedOver(): void {
    for (const messageId of this.#handover?.complete() ?? []) this.verdicts.acked(messageId, 0)
  }

  activate(): void {
    if (this.active) return
    this.active = true
    this.#hosted.activate()
    this.#ports.wake()
  }

  /** Verdicts and timeouts go on; nextTuple is not called any more. */
  deactivate(): void {
    if (!this.active) return
    this.active = false
    this.#hosted.deactivate()
  }

  /** Nothing new is wanted: `nextTuple` is called only for what is owed, by a spout that knows what that is. */
  drain(): void {
    if (!this.#hosted.drain()) {
      this.deactivate()
      return
    }
    this.active = true
    this.#checkExhausted()
    this.#ports.wake()
  }

  /** Those that are too far ahead in event time. */
  pausePartitions(partitions: ReadonlySet<MapKey>): void {
    try {
      this.#spout.pausePartitions?.(new Set([...partitions].map(valueOfMapKey)))
    } catch (error) {
      this.#threw(error, 'pausePartitions')
    }
    this.#ports.wake()
  }

  follow(tracer: Tracer | undefined): void {
    this.emitter.tracer = tracer
  }

  latency(): HistogramData {
    return this.verdicts.latency.data()
  }

  /** Whether nextTuple may be called now, or after a while. */
  get wantsTurns(): boolean {
    return (
      this.active &&
      !this.exhausted &&
      !this.#asking &&
      this.heldBy === 0 &&
      this.#collector.pendingCount < this.#maxPending &&
      this.#collector.trials?.hasRoom !== false
    )
  }

  /** Hot. */
  run(quota: number): number {
    let done = 0
    for (let tuple = this.inbox.shift(); tuple !== undefined; tuple = this.inbox.shift()) {
      this.#receive(tuple)
      done++
    }
    done += this.#emitSome(quota)
    this.#collector.knowsTime = false
    this.staging.endTurn()
    return done
  }

  /**
   * Hot. Calls nextTuple until the quota is used up, there is no more room, or nothing comes. Returns what was emitted.
   */
  #emitSome(quota: number): number {
    if (!this.wantsTurns) return 0
    if (this.#errors.waits(this.#ports.clock)) {
      this.idleCalls++
      return 0
    }
    const collector = this.#collector
    const before = collector.emitted
    let emitted = before
    for (let calls = 0; calls < quota && this.wantsTurns; calls++) {
      if (calls % CALLS_PER_CLOCK === 0) collector.setTime()
      let promise: void | Promise<unknown>
      try {
        promise = this.#spout.nextTuple()
      } catch (error) {
        this.#threw(error)
        break
      }
      if (promise !== undefined && isThenable(promise)) {
        this.#await(promise, emitted)
        break
      }
      if (collector.emitted === emitted) {
        this.#nothingCame()
        break
      }
      emitted = collector.emitted
      this.#somethingCame()
    }
    return collector.emitted - before
  }

  #somethingCame(): void {
    this.idleCalls = 0
    this.#errors.inARow = 0
  }

  #nothingCame(): void {
    this.idleCalls++
    if (this.#checkExhausted()) this.#errors.inARow = 0
  }

  /** @returns whether the spout has answered; if not, its answer before holds */
  #checkExhausted(): boolean {
    try {
      this.exhausted = this.#hosted.isExhausted()
      return true
    } catch (error) {
      this.#threw(error, 'isExhausted')
      return false
    }
  }

  /** @param before how often something had been emitted before this call */
  #await(promise: PromiseLike<unknown>, before: number): void {
    this.#asking = true
    const settle = (): void => {
      this.#asking = false
      this.#ports.wake()
    }
    Promise.resolve(promise).then(
      () => {
        if (this.#collector.emitted === before) this.#nothingCame()
        else this.#somethingCame()
        settle()
      },
      (error: unknown) => {
        this.#threw(error)
        settle()
      },
    )
  }

  #threw(error: unknown, method = 'nextTuple'): void {
    this.idleCalls++
    const { message, ...problem } = problemIn(this, error)
    const givenUp = this.#errors.threw(message, this.#ports.clock.now(), method)
    if (givenUp === undefined) this.#ports.report(this.#problem(error, method), error)
    else {
      this.active = false
      this.#ports.fatal({ ...problem, message: givenUp }, error)
    }
  }

  /** @param method which one threw; undefined: the spout has reported the error by itself */
  #problem(error: unknown, method?: string): Problem {
    const problem = problemIn(this, error)
    return method === undefined ? problem : { ...problem, message: `${method} threw: ${problem.message}` }
  }

  #receive(tuple: Tuple): void {
    const [first, second, third] = tuple.values
    switch (tuple.source.stream) {
      case ACK_ACK_STREAM:
        this.verdicts.ackRoots(first)
        if (this.exhausted) this.#checkExhausted()
        break
      case ACK_FAIL_STREAM:
        this.verdicts.failRoot(first, second, third)
        break
      case NOTE_STREAM:
        this.#noted(tuple)
        break
      case WATERMARK_STREAM:
        this.onWatermark?.(tuple.source.task, { time: first, isIdle: second })
        break
      case TICK_STREAM:
        this.verdicts.rotate()
        break
    }
  }

  /** Heard, and so an edge of its tree is done. */
  #noted({ values, rootHigh, rootLow, high, low, trace }: Tuple): void {
    const messageId = this.#roots.messageIdOf(rootHigh, rootLow)
    const { acks } = this.#ports
    try {
      this.#spout.noted?.(values[0], messageId)
    } catch (error) {
      this.#ports.report(problemIn(this, error), error)
      if (messageId !== undefined) acks.fail(rootHigh, rootLow, this.verdicts.reasonOf(error))
      return
    }
    if (messageId !== undefined) acks.ack(rootHigh, rootLow, high, low, trace)
  }
}
