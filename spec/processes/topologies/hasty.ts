/** Gathers numbers and hands them on a moment later. The variable `acks`: each is acked `early`, or `late`, then. */
import { NullBolt, SequenceSpout } from '../../../lib/components/index.ts'
import {
  Bolt,
  fields,
  type OutputCollector,
  type TaskContext,
  TopologyBuilder,
  type TopologyFunction,
  type Tuple,
} from '../../../lib/index.ts'

interface Numbered {
  n: number
}

const MOMENT_MS = 300

class GatherBolt extends Bolt<Numbered, Numbered> {
  override readonly outputs = fields<Numbered>('n')
  readonly #acksEarly: boolean
  #context!: TaskContext
  #out!: OutputCollector<Numbered>
  #gathered: Tuple<Numbered>[] = []

  constructor(acksEarly: boolean) {
    super()
    this.#acksEarly = acksEarly
  }

  override prepare(context: TaskContext, out: OutputCollector<Numbered>): void {
    this.#context = context
    this.#out = out
  }

  override execute(tuple: Tuple<Numbered>): void {
    if (this.#gathered.length === 0) this.#context.after(MOMENT_MS, () => this.#handOn())
    this.#gathered.push(tuple)
    if (this.#acksEarly) this.#out.ack(tuple)
  }

  override endOfInput(): void {
    this.#handOn()
  }

  #handOn(): void {
    for (const tuple of this.#gathered.splice(0)) {
      this.#out.emit(this.#acksEarly ? [] : tuple, [tuple.get('n')])
      if (!this.#acksEarly) this.#out.ack(tuple)
    }
  }
}

const hasty: TopologyFunction = ({ variables: { acks = 'early' } }) => {
  const builder = new TopologyBuilder('hasty', { 'topology.workers': 2 })
  const numbers = builder.setSpout('numbers', () => new SequenceSpout(1000))
  const gather = builder.setBolt('gather', () => new GatherBolt(acks === 'early'), 2).shuffleGrouping(numbers)
  builder.setBolt('sink', () => new NullBolt()).globalGrouping(gather)
  return builder.createTopology()
}

export default hasty
