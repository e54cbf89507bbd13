/** What a spout emits with: makes a root of each tuple that has a message id. */
import { traceOf } from '../../acker/trace.ts'
import { type Counters, ROOTS } from '../../stats/counters.ts'
import type { SpoutOutputCollector, Unemitted } from '../../topology/component/collectors.ts'
import type { StreamId, TaskId } from '../../tuple/ids.ts'
import type { Emitted } from '../../tuple/row.ts'
import { Tuple } from '../../tuple/tuple.ts'
import type { Emitter, OutputStream } from '../task/emitter.ts'
import type { ExecutorPorts } from '../task/ports.ts'
import type { PendingRoots } from './pending-roots.ts'
import type { Staged, Trials } from './trials.ts'

interface SpoutSide {
  isHeldBack(): boolean
  /** A tuple with a message id has left, and nothing tracks it. */
  untracked(messageId: unknown): void
  report(error: unknown): void
}

export class SpoutCollector implements SpoutOutputCollector {
  /** How often something was emitted. */
  emitted = 0
  /** The clock was read a moment ago, in this turn; an emit from a promise or a timer reads it for itself. */
  knowsTime = false
  /** Set during an inquest, the search for the tuple that kills workers: what is emitted waits there. */
  trials: Trials | undefined
  readonly #emitter: Emitter
  readonly #roots: PendingRoots
  readonly #ports: ExecutorPorts
  readonly #counters: Counters
  /** False where the topology has no ackers. */
  readonly #tracks: boolean
  readonly #side: SpoutSide

  constructor(emitter: Emitter, roots: PendingRoots, ports: ExecutorPorts, tracks: boolean, side: SpoutSide) {
    this.#emitter = emitter
    this.#roots = roots
    this.#ports = ports
    this.#counters = emitter.counters
    this.#tracks = tracks
    this.#side = side
  }

  /** Reads the clock for the emits to come. */
  setTime(): void {
    this.#readClock()
    this.knowsTime = true
  }

  /** The roots in flight or staged. Hot. */
  get pendingCount(): number {
    return this.trials === undefined ? this.#roots.size : this.#roots.size + this.trials.size
  }

  get isHeldBack(): boolean {
    return this.#side.isHeldBack()
  }

  /** Hot. */
  emit(emitted: Emitted, messageId?: unknown, streamId?: StreamId): readonly TaskId[] {
    const stream = this.#emitter.stream(streamId)
    const values = this.#emitter.valuesOf(stream, emitted)
    const targets = this.#emitter.route(stream, values)
    this.#send(stream, values, targets, messageId)
    return targets
  }

  emitDirect(task: TaskId, emitted: Emitted, messageId?: unknown, streamId?: StreamId): void {
    const stream = this.#emitter.stream(streamId)
    const values = this.#emitter.valuesOf(stream, emitted)
    this.#send(stream, values, this.#emitter.routeDirect(stream, task), messageId)
  }

  /** Sends a root that was staged; the low half of its id. @throws CANNOT_ENCODE, TUPLE_TOO_LARGE */
  sendStaged({ stream, values, targets, messageId }: Staged): number {
    return this.#sendRoot(stream, values, targets, messageId)
  }

  reportError(error: unknown): void {
    this.#side.report(error)
  }

  /** Set where a tuple is atomic. */
  giveUp: ((tuple: Unemitted) => void) | undefined

  #send(stream: OutputStream, values: readonly unknown[], targets: readonly TaskId[], messageId: unknown): void {
    this.emitted++
    if (messageId === undefined) this.#emitter.sendUntracked(stream, values, targets)
    else if (this.#tracks) {
      if (this.trials === undefined) this.#sendRoot(stream, values, targets, messageId)
      else {
        this.trials.stage({ stream, values, targets, messageId })
        // It leaves once the end of a turn has asked, and it may come from a promise or a timer.
        this.#ports.wake()
      }
    } else {
      this.#emitter.sendUntracked(stream, values, targets)
      this.#counters[ROOTS]!++
      this.#side.untracked(messageId)
    }
  }

  /** Hot. A root without a target is acked by the acker's first look: its XOR is 0 from the start. */
  #sendRoot(stream: OutputStream, values: readonly unknown[], targets: readonly TaskId[], messageId: unknown): number {
    const { random, lanes, traceShifts, acks } = this.#ports
    const { rootHigh } = this.#roots
    const { tracer } = this.#emitter
    if (tracer?.seeks === true && tracer.wants(stream.source.task, messageId)) this.#roots.skip(tracer.mask)
    const rootLow = this.#roots.nextLow()
    const isFollowed = tracer?.has(rootLow) === true
    let restHigh = 0
    let restLow = 0
    let restTrace = 0
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i]!
      const high = random.int32()
      const low = random.int32()
      const trace = traceOf(low, lanes.mask, traceShifts[target]!)
      const tuple = new Tuple(values, stream.source, rootHigh, rootLow, high, low, trace, undefined)
      this.#emitter.deliver(target, tuple)
      if (isFollowed) tracer.sent(target, tuple, [])
      restHigh ^= high
      restLow ^= low
      restTrace ^= trace
    }
    if (!this.knowsTime) this.#readClock()
    this.#roots.add(rootLow, messageId)
    this.#counters[ROOTS]!++
    acks.init(rootHigh, rootLow, restHigh, restLow, restTrace)
    if (isFollowed) tracer.emitted(stream.source, rootHigh, rootLow, messageId, values)
    this.#emitter.sent(stream, values, targets, rootHigh, rootLow)
    return rootLow
  }

  #readClock(): void {
    this.#roots.setTime(Math.floor(this.#ports.clock.now() * 1000))
  }
}
