/**
 * A loop that stays exact: how many steps it takes each number from 1 up to come to 1, halved where it is even, and
 * three times as much and one more where it is odd (Collatz). Each step is a turn in a loop of two bolts; some steps
 * fail at first and are tried again. Snapshots are taken meanwhile, so each step counts once, whatever is killed.
 *
 *     typhoon run topologies/loop-exact.ts --set numbers=1000 --set output=steps.tsv
 */
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  type Streams,
  type TaskContext,
  TopologyBuilder,
  type TopologyFunction,
  type Tuple,
} from 'typhoon'
import { FileSinkBolt, SequenceSpout } from 'typhoon/components'

interface Turn {
  /** The number that was begun with. */
  n: number
  /** What it has come to. */
  value: number
}

interface Done {
  n: number
  steps: number
}

const TURN = fields<Turn>('n', 'value')

type Out = Streams<{ round: Turn; done: Done }>

/** Counts the turns of each number; sends it round, or out with its count when it has come to 1. */
class Count extends BasicBolt<any, Out> {
  override readonly outputs = { round: TURN, done: fields<Done>('n', 'steps') }
  #steps!: KeyValueState<number, number>

  override prepare(context: TaskContext): void {
    this.#steps = context.state('steps')
  }

  override execute(tuple: Tuple, collector: BasicOutputCollector<Out>): void {
    const n: number = tuple.get('n')
    const value: number = tuple.source.component === 'numbers' ? n : tuple.get('value')
    const steps = this.#steps.get(n) ?? 0
    if (value === 1) {
      this.#steps.delete(n)
      collector.emit([n, steps], 'done')
    } else {
      this.#steps.put(n, steps + 1)
      collector.emit([n, value], 'round')
    }
  }
}

/** Does a step. */
class Step extends BasicBolt<Turn, Turn> {
  override readonly outputs = TURN
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  override execute(tuple: Tuple<Turn>, collector: BasicOutputCollector<Turn>): void {
    const { n, value } = { n: tuple.get('n'), value: tuple.get('value') }
    collector.emit([n, value % 2 === 0 ? value / 2 : 3 * value + 1])
    if (this.#context.random() < 0.01) throw new Error('a step that fails now and then; it has emitted nothing')
  }
}

const loop: TopologyFunction = ({ variables: { numbers = '1000', output = '' } }) => {
  const builder = new TopologyBuilder('loop-exact', {
    'topology.workers': 2,
    'topology.guarantee': 'exactly-once',
    'topology.tuple.max.attempts': 100,
  })
  const source = builder.setSpout('numbers', () => new SequenceSpout(Number(numbers), 1), 2)
  const count = builder.setBolt('count', () => new Count(), 2).fieldsGrouping(source, ['n'])
  const step = builder.setBolt('step', () => new Step(), 2).shuffleGrouping(count, 'round')
  count.fieldsGrouping(step, ['n'])
  builder.setBolt('output', () => new FileSinkBolt(output)).globalGrouping(count, 'done')
  return builder.createTopology()
}

export default loop
