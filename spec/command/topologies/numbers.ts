/**
 * The numbers 1, 2, 3 … into a bolt. `--set count=100` ends them, `--set bolt=NAME` says what the bolt does, `--set
 * workers=2` with how many.
 */
import {
  BasicBolt,
  Bolt,
  type Component,
  type ConfigMap,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from 'typhoon'
import { SequenceSpout } from 'typhoon/components'

interface Numbered {
  n: number
}

/** Adds the numbers up and prints the sum. */
class SumBolt extends BasicBolt<Numbered> {
  #sum = 0

  override execute(tuple: Tuple<Numbered>): void {
    this.#sum += tuple.get('n')
  }

  override endOfInput(): void {
    console.log(`sum ${this.#sum}`)
  }
}

/** Prints every number, logs and complains. */
class PrintBolt extends BasicBolt<Numbered> {
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  override execute(tuple: Tuple<Numbered>): void {
    const n = tuple.get('n')
    console.log(`number ${n}`)
    if (n === 1) this.#context.log('info', 'the first number')
    if (n === 2) this.#context.log('warn', 'the second number')
    if (n === 3) console.error('three on stderr')
  }
}

/** Acks nothing, ever; says when it has something to ack. */
class NeverBolt extends Bolt<Numbered> {
  override execute(tuple: Tuple<Numbered>): void {
    console.log(`holding ${tuple.get('n')}`)
  }
}

class UnpreparedBolt extends BasicBolt<Numbered> {
  override prepare(): void {
    throw new Error('there is no database')
  }

  override execute(): void {}
}

const BOLTS: Readonly<Record<string, () => Component>> = {
  sum: () => new SumBolt(),
  print: () => new PrintBolt(),
  never: () => new NeverBolt(),
  unprepared: () => new UnpreparedBolt(),
}

interface Input {
  readonly variables: Readonly<Record<string, string>>
  readonly config: ConfigMap
}

export default function numbers({ variables }: Input): TopologyDefinition {
  const { count = 'Infinity', bolt = 'sum', workers = '1' } = variables
  const builder = new TopologyBuilder('numbers', { 'topology.workers': Number(workers) })
  const spout = builder.setSpout('numbers', () => new SequenceSpout(Number(count), 1))
  builder.setBolt(bolt, () => BOLTS[bolt]!() as SumBolt).globalGrouping(spout)
  return builder.createTopology()
}
