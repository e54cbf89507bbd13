/** Spouts and bolts for the tests of `typhoon shell`. */
import {
  BasicBolt,
  type BasicOutputCollector,
  Bolt,
  type OutputCollector,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  type Tuple,
} from 'typhoon'
import { taskIdsOf } from '../../lib/multilang/child/task-ids.ts'

console.log('loaded')

/** Emits what it was made with. */
export class Given extends BasicBolt {
  readonly #given: readonly unknown[]

  constructor(...given: unknown[]) {
    super()
    this.#given = given
  }

  execute(_tuple: Tuple, collector: BasicOutputCollector): void {
    collector.emit([this.#given])
  }
}

export class Prints extends BasicBolt {
  execute(): void {
    console.debug('at %s', 'debug')
    console.warn('a warning')
    console.error({ a: 1 })
    process.stdout.write('two\nlines')
    process.stdout.write(' and more\n')
  }

  override cleanup(): void {
    process.stdout.write('no end of line')
  }
}

/** A tuple `go` lets the one go on that waits; every other one waits. */
export class Gate extends BasicBolt {
  readonly #waiting: (() => void)[] = []

  async execute(tuple: Tuple): Promise<void> {
    const [what] = tuple.values
    if (what === 'go') this.#waiting.shift()?.()
    else if (what === 'reject') throw new Error('rejected on purpose')
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}

/** Is done a turn later. */
export class Later extends BasicBolt {
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  async execute(): Promise<void> {
    await new Promise<void>((resolve) => this.#context.after(0, resolve))
  }

  override cleanup(): void {
    this.#context.log('info', 'cleaned up')
  }
}

/** Never has its task ids. */
export class Asks extends Later {
  override async execute(_tuple?: Tuple, collector?: BasicOutputCollector): Promise<void> {
    await taskIdsOf(collector!, () => collector!.emit([1]))
  }
}

export class Mistakes extends Bolt {
  #collector!: OutputCollector

  override prepare(_context: TaskContext, collector: OutputCollector): void {
    this.#collector = collector
  }

  execute(tuple: Tuple): void {
    const [what] = tuple.values
    if (what === 'width') this.#collector.emit(tuple, [1, 2])
    if (what === 'stream') this.#collector.emit(tuple, [1], 'elsewhere' as never)
    if (what === 'value') this.#collector.emit(tuple, [() => {}])
    if (what === 'twice') for (let i = 0; i < 2; i++) this.#collector.ack(tuple)
    if (what === 'late') {
      this.#collector.ack(tuple)
      this.#collector.emit(tuple, [1])
    }
    if (what === 'reason') this.#collector.fail(tuple, new Error('the reason'))
    if (what === 'made') this.#collector.emit([tuple], [tuple.get('value')])
  }
}

export class Unprepared extends Bolt {
  override prepare(): void {
    throw new Error('not today')
  }

  execute(): void {}
}

/** Logs what it knows. */
export class Knows extends BasicBolt {
  override getComponentConfiguration() {
    return { 'topology.bolt.concurrency': 7, 'topology.debug': true, mine: 1 }
  }

  override prepare(context: TaskContext): void {
    const { topology, taskIndex, config, targets, sources } = context
    const known = {
      topology,
      taskIndex,
      tasks: context.tasksOf(),
      concurrency: config['topology.bolt.concurrency'],
      pending: config['topology.max.spout.pending'],
      debug: config['topology.debug'],
      mine: config['mine'],
      targets: [...targets].map(([stream, byComponent]) => [stream, [...byComponent]]),
      sources: [...sources].map(([component, byStream]) => [component, [...byStream]]),
      checkpointed: context.checkpointed ?? null,
    }
    context.count('seen', 2)
    context.log('info', JSON.stringify(known))
  }

  execute(): void {}
}

/** Message ids of all kinds; logs what comes back. */
export class AllIds extends Spout {
  #context!: TaskContext
  #collector!: SpoutOutputCollector
  readonly #ids: unknown[] = [{ a: 1 }, '#1', 'text', 0, undefined]

  override open(context: TaskContext, collector: SpoutOutputCollector): void {
    this.#context = context
    this.#collector = collector
  }

  async nextTuple(): Promise<void> {
    if (this.#ids.length === 0) throw new Error('nothing left')
    this.#collector.emit(['x'], this.#ids.shift())
  }

  override ack(id: unknown): void {
    this.#context.log('info', `acked ${JSON.stringify(id)}, ${this.#collector.pendingCount} in flight`)
  }

  override isExhausted(): boolean {
    return this.#ids.length === 0
  }
}

export const notAComponent = 1
