/**
 * A bolt of either kind as whoever runs it calls it: a worker, a child process, a linear DRPC topology. What is
 * different between the kinds stands here alone. Executions of a basic bolt have a collector each; to those of a `Bolt`
 * none is given, for it has the one of `prepare`, and acks and fails by itself.
 */
import type { Tuple } from '../../../tuple/tuple.ts'
import type { BasicOutputCollector, OutputCollector } from '../collectors.ts'
import type { AnyBolt, BasicBolt, Bolt } from '../component.ts'
import { StatefulBolt } from '../stateful-bolt.ts'
import type { TaskContext } from '../task-context.ts'

type Called = void | Promise<unknown>

/** Every `collector` of a call is one of this execution where `isBasic`, and else undefined. */
export class HostedBolt {
  /** Each call wants a collector, and its tuple is acked when the call is over. */
  readonly isBasic: boolean
  /** An execution is atomic until its promise is settled; one of a bolt that acks by itself where the bolt says so. */
  readonly isAtomic: boolean
  readonly #bolt: AnyBolt

  constructor(bolt: AnyBolt) {
    this.#bolt = bolt
    this.isBasic = bolt.kind === 'basic-bolt'
    this.isAtomic = this.isBasic || (bolt as Bolt).isAtomic === true
  }

  /** @param collector of a bolt that acks by itself */
  prepare(context: TaskContext, collector: OutputCollector): Called {
    const bolt = this.#bolt
    if (bolt instanceof StatefulBolt) return prepareStateful(bolt, context)
    return this.isBasic ? (bolt as BasicBolt).prepare?.(context) : (bolt as Bolt).prepare?.(context, collector)
  }

  /** Hot. */
  execute(tuple: Tuple, collector: BasicOutputCollector | undefined): Called {
    if (collector === undefined) return (this.#bolt as Bolt).execute(tuple)
    return (this.#bolt as BasicBolt).execute(tuple, collector)
  }

  /** A tuple of the runtime's own: a tick, a timer that fires, a watermark. */
  system(tuple: Tuple, collector: BasicOutputCollector | undefined): Called {
    const [value] = tuple.values
    switch (tuple.source.calls) {
      case 'onTimer':
        return collector === undefined
          ? (this.#bolt as Bolt).onTimer?.(value)
          : (this.#bolt as BasicBolt).onTimer?.(value, collector)
      case 'onWatermark':
        return collector === undefined
          ? (this.#bolt as Bolt).onWatermark?.(value)
          : (this.#bolt as BasicBolt).onWatermark?.(value, collector)
      default:
        return this.tick(tuple, collector)
    }
  }

  /**
   * A tuple of the runtime's own has failed, and is to be tried again now.
   * @returns whether it is not time for it after all: then it comes anew when it is
   */
  postpone(_tuple: Tuple): boolean {
    return false
  }

  /** A tuple of the runtime's own is given up: it does not come again. */
  leave(_tuple: Tuple): void {}

  /** The bolt hears that a tuple of the runtime's own was given up. */
  givenUp({ source, values: [value] }: Tuple): void {
    if (source.calls === 'onTimer') this.#bolt.onTimerGivenUp?.(value)
  }

  /** Ticks come to a `Bolt` that has no method for them as tuples. */
  tick(tuple: Tuple, collector: BasicOutputCollector | undefined): Called {
    if (collector !== undefined) return (this.#bolt as BasicBolt).tick?.(collector)
    const bolt = this.#bolt as Bolt
    return bolt.tick === undefined ? bolt.execute(tuple) : bolt.tick(tuple)
  }

  endOfInput(collector: BasicOutputCollector | undefined): Called {
    return collector === undefined
      ? (this.#bolt as Bolt).endOfInput?.()
      : (this.#bolt as BasicBolt).endOfInput?.(collector)
  }

  prepareCommit(snapshot: number): unknown {
    return this.#bolt.prepareCommit?.(snapshot)
  }

  commit(snapshot: number): Called {
    return this.#bolt.commit?.(snapshot)
  }

  cleanup(): Called {
    return this.#bolt.cleanup?.()
  }
}

async function prepareStateful(bolt: StatefulBolt, context: TaskContext): Promise<void> {
  await bolt.prepare?.(context)
  await bolt.initState(context.state(StatefulBolt.nameOf(bolt)))
}
