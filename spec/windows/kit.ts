/**
 * A bolt that knows event time, run by itself: the test says what comes, where the watermark is and what the clock
 * shows. With `exact` each call is an execution that takes effect or not at all, and a run can go on from a snapshot.
 */
import {
  type AnyBolt,
  type Bolt,
  HostedBolt,
  type StateOptions,
  type Timer,
  type Tuple,
  testTuple,
} from '../../lib/index.ts'
import { OF_TASK } from '../../lib/state/group.ts'
import { type RestoredState, TaskStates } from '../../lib/state/task-states.ts'
import { TaskTimers } from '../../lib/state/timers/task-timers.ts'
import { type TestCollector, testCollector } from '../../lib/testing/test-collector.ts'
import type { Fields } from '../../lib/tuple/fields.ts'
import { FakeContext, type FakeTask } from '../components/fakes.ts'

/** What a bolt of windows is run with. */
export interface TimedTask extends FakeTask {
  /** Whether `topology.guarantee` is exactly-once. */
  readonly exact?: boolean
  /** A timer that throws is given up; otherwise the test gets the error. */
  readonly givesUp?: boolean
  /** The fields of what comes, in any stream. */
  readonly input?: readonly string[]
}

class TimedContext extends FakeContext {
  readonly states: TaskStates
  readonly taskTimers: TaskTimers
  readonly #input: Fields

  constructor(task: TimedTask, restored?: ReadonlyMap<string, RestoredState>) {
    super(task.exact === true ? { ...task, config: { ...task.config, 'topology.guarantee': 'exactly-once' } } : task)
    this.states = new TaskStates(task.exact === true, restored)
    this.taskTimers = new TaskTimers(this.states)
    this.#input = testTuple(
      (task.input ?? []).map(() => 0),
      { fields: task.input ?? [] },
    ).fields
  }

  override state<K, V>(name: string, options?: StateOptions<V>) {
    return this.states.state<K, V>(name, options)
  }
  override timers<K>(name: string, options?: Pick<StateOptions, 'settings'>) {
    return this.taskTimers.named(name, options) as ReturnType<FakeContext['timers']> & { key?: K }
  }
  override streamsOf() {
    return new Map([
      ['default', this.#input],
      ['left', this.#input],
      ['right', this.#input],
    ])
  }
}

export class TimedRun {
  readonly collector: TestCollector
  readonly context: TimedContext
  readonly #make: () => AnyBolt
  readonly #task: TimedTask
  readonly #bolt: AnyBolt
  readonly #hosted: HostedBolt

  constructor(make: () => AnyBolt, task: TimedTask = {}, restored?: ReadonlyMap<string, RestoredState>) {
    this.#make = make
    this.#task = task
    this.#bolt = make()
    this.#hosted = new HostedBolt(this.#bolt)
    this.collector = testCollector(this.#bolt)
    this.context = new TimedContext(task, restored)
    this.#hosted.prepare(this.context, this.collector as never)
    this.context.states.keep()
  }

  /** A tuple comes: of the default stream, unless its values are told to be of another one. @returns it */
  send(values: readonly unknown[], { stream = 'default', component = 'source' } = {}): Tuple {
    const tuple = testTuple(values, { fields: this.#task.input ?? [], stream, component })
    this.#execution(() => this.#hosted.execute(tuple, this.#basic))
    return tuple
  }

  /** The watermark moves on: timers fire in their order, then the bolt hears of it, and may have set some more. */
  watermark(time: number): void {
    const { taskTimers } = this.context
    taskTimers.watermark = time
    this.#fire('event', time)
    this.#execution(() =>
      this.#basic === undefined
        ? (this.#bolt as Bolt).onWatermark?.(time)
        : this.#bolt.onWatermark?.(time, this.#basic),
    )
    this.#fire('event', time)
  }

  /** Time passes by the clock. */
  advance(ms: number): void {
    const end = this.context.date() + ms
    for (;;) {
      const next = this.context.taskTimers.next('processing')
      if (next > end) break
      this.context.advance(Math.max(0, next - this.context.date()))
      this.#fire('processing', next)
    }
    this.context.advance(end - this.context.date())
  }

  endOfInput(): void {
    this.watermark(Number.POSITIVE_INFINITY)
    this.#execution(() => this.#hosted.endOfInput(this.#basic))
  }

  /** Another bolt in place of this one, which goes on from a snapshot that is taken now. @param make this one again */
  restored(make = this.#make): TimedRun {
    const { formats } = this.context.states
    const captured = this.context.states.capture(() => true)
    const restored = [...captured].map(
      ([name, changes]) => [name, { changes: [...changes], isOwn: true, format: formats[name] }] as const,
    )
    const run = new TimedRun(make, this.#task, new Map(restored))
    run.context.taskTimers.watermark = this.context.taskTimers.watermark
    run.context.advance(this.context.date())
    return run
  }

  /** What was emitted since it was asked for last. */
  take(stream = 'default'): unknown[][] {
    const taken = this.collector.values(stream).map((values) => [...values])
    const left = this.collector.emitted.filter((emit) => emit.stream !== stream)
    this.collector.emitted.length = 0
    this.collector.emitted.push(...left)
    return taken
  }

  /** How many entries all its states have, those of timers included. */
  get kept(): number {
    return [...this.context.states.capture(() => true).values()].reduce((sum, changes) => sum + [...changes].length, 0)
  }

  get #basic() {
    return this.#hosted.isBasic ? (this.collector as never) : undefined
  }

  #fire(domain: Timer['domain'], time: number): void {
    const { taskTimers } = this.context
    for (let timer = taskTimers.due(domain, time); timer !== undefined; timer = taskTimers.due(domain, time)) {
      const due = timer
      try {
        this.#execution(() => {
          taskTimers.fire(due)
          if (this.#basic === undefined) (this.#bolt as Bolt).onTimer?.(due)
          else this.#bolt.onTimer?.(due, this.#basic)
        })
      } catch (error) {
        if (this.#task.givesUp !== true) throw error
        this.#execution(() => {
          taskTimers.fire(due)
          this.#bolt.onTimerGivenUp?.(due)
        })
      }
    }
  }

  #execution(call: () => unknown): void {
    const { states } = this.context
    states.inHand = OF_TASK
    const emitted = this.collector.emitted.length
    try {
      call()
      states.keep()
    } catch (error) {
      states.undo()
      this.collector.emitted.length = emitted
      throw error
    }
  }
}
