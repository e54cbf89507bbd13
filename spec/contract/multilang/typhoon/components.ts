/**
 * The components that the contract of multilang runs, with Typhoon's own API: `typhoon shell components.ts#Echo`.
 * Typhoon's log has no level `trace`: `Log` says "at trace" at debug.
 */
import {
  BasicBolt,
  type BasicOutputCollector,
  Bolt,
  fields,
  isTick,
  type OutputCollector,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  type Tuple,
} from 'typhoon'
import { ReliableSpout } from 'typhoon/components'
import { type AskedState, sendMetric, stateOf, taskIdsOf } from 'typhoon/multilang'

abstract class RichBolt extends Bolt {
  override readonly outputs = fields('value')
  protected context!: TaskContext
  protected collector!: OutputCollector

  override prepare(context: TaskContext, collector: OutputCollector): void | Promise<void> {
    this.context = context
    this.collector = collector
  }
}

export class Echo extends BasicBolt {
  override readonly outputs = fields('value')

  execute(tuple: Tuple, collector: BasicOutputCollector): void {
    collector.emit(tuple.values)
  }
}

export class Rich extends RichBolt {
  execute(tuple: Tuple): void {
    const [first] = tuple.values
    if (first === 'drop') return
    if (first === 'fail') {
      this.collector.fail(tuple)
      return
    }
    for (let times = first === 'twice' ? 2 : 1; times > 0; times--) this.collector.emit(tuple, tuple.values)
    this.collector.ack(tuple)
  }
}

export class Throw extends Echo {
  override execute(tuple: Tuple, collector: BasicOutputCollector): void {
    if (tuple.values[0] === 'throw') throw new Error('thrown on purpose')
    super.execute(tuple, collector)
  }
}

/** Emits the sum of its key and that of the other one. */
export class States extends BasicBolt {
  override readonly outputs = fields('value')
  #sums!: AskedState<string, number>

  override prepare(context: TaskContext): void {
    this.#sums = stateOf(context, 'sums')
  }

  async execute(tuple: Tuple, collector: BasicOutputCollector): Promise<void> {
    const [key, n] = tuple.values
    if (n === 0) this.#sums.delete(key)
    else this.#sums.put(key, ((await this.#sums.get(key)) ?? 0) + n)
    const both = await this.#sums.getAll([key, key === 'be' ? 'to' : 'be'])
    collector.emit([both.map((sum) => sum ?? 'none')])
  }
}

export class TaskIds extends BasicBolt {
  override readonly outputs = { default: fields('value'), ids: fields('ids') }

  async execute(tuple: Tuple, collector: BasicOutputCollector): Promise<void> {
    const ids = await taskIdsOf(collector, () => collector.emit([tuple.values[0]]))
    collector.emit([ids], 'ids')
  }
}

export class Direct extends BasicBolt {
  override readonly outputs = { direct: { direct: true, fields: fields('value') } as const }

  execute({ values: [value, task] }: Tuple, collector: BasicOutputCollector): void {
    collector.emitDirect(task, [value], 'direct')
  }
}

export class Log extends BasicBolt {
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  execute(): void {
    this.#context.log('debug', 'at trace')
    for (const level of ['debug', 'info', 'warn', 'error'] as const) this.#context.log(level, `at ${level}`)
    console.log('printed')
    process.stderr.write('complained\n')
  }
}

export class Metric extends BasicBolt {
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  execute(): void {
    sendMetric(this.#context, 'seen', 1)
  }
}

export class Context extends RichBolt {
  execute(tuple: Tuple): void {
    const { component, task, taskToComponent, sources, config } = this.context
    const shown = {
      component,
      task,
      tasks: taskToComponent.size,
      fields: this.context.streamsOf(component).get('default')?.names,
      sources: [...sources.keys()].sort(),
      setting: config['a.setting'],
    }
    this.collector.emit(tuple, [shown])
    this.collector.ack(tuple)
  }
}

export class Ticks extends RichBolt {
  #count = 0

  execute(tuple: Tuple): void {
    if (isTick(tuple)) this.collector.emit(undefined, [this.#count])
    else this.#count++
    this.collector.ack(tuple)
  }
}

export class Batch extends RichBolt {
  #group: Tuple[] = []

  execute(tuple: Tuple): void {
    if (!isTick(tuple)) this.#group.push(tuple)
    if (this.#group.length === 3 || isTick(tuple)) this.#finish()
    if (isTick(tuple)) this.collector.ack(tuple)
  }

  #finish(): void {
    const group = this.#group
    this.#group = []
    if (group.length === 0) return
    try {
      if (group.some(({ values }) => values[0] === 'throw')) throw new Error('thrown on purpose')
      this.collector.emit(group, [group.length])
      for (const tuple of group) this.collector.ack(tuple)
    } catch (error) {
      this.collector.reportError(error)
      for (const tuple of group) this.collector.fail(tuple)
    }
  }
}

export class AtEnd extends BasicBolt {
  override readonly outputs = fields('count')
  #count = 0

  execute(): void {
    this.#count++
  }

  override endOfInput(collector: BasicOutputCollector): void {
    collector.emit([this.#count])
  }
}

export class Early extends RichBolt {
  #ids = 0

  override async prepare(context: TaskContext, collector: OutputCollector): Promise<void> {
    await super.prepare(context, collector)
    const ids = await taskIdsOf(collector, () => collector.emit(undefined, ['early'], 'default'))
    this.#ids = ids.length
  }

  execute(tuple: Tuple): void {
    this.collector.emit(tuple, [...tuple.values, this.#ids])
    this.collector.ack(tuple)
  }
}

export class Count extends ReliableSpout<{ n: number }, number> {
  override readonly outputs = fields<{ n: number }>('n')
  #next = 1

  override getComponentConfiguration() {
    return { 'topology.replay.delay.ms': 0 }
  }

  protected produce(): void {
    this.emit([this.#next], this.#next++)
  }

  protected isInputExhausted(): boolean {
    return this.#next > (this.context.config['count'] ?? 5)
  }
}

export class ClassicSpout extends Spout {
  override readonly outputs = fields('value')
  protected ids: (string | number)[] = [0, 1, 2]
  #context!: TaskContext
  #collector!: SpoutOutputCollector

  override open(context: TaskContext, collector: SpoutOutputCollector): void {
    this.#context = context
    this.#collector = collector
  }

  nextTuple(): void {
    const id = this.ids.shift()
    if (id !== undefined) this.#collector.emit([id], id)
  }

  override ack(id: string | number): void {
    this.#context.log('info', `acked ${id}`)
  }

  override fail(id: string | number): void {
    this.#context.log('info', `failed ${id}`)
  }
}

export class StringIds extends ClassicSpout {
  protected override ids: (string | number)[] = ['a-0']
}
