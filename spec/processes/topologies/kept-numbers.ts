/** Counts the numbers below `count` exactly once, with `tasks` tasks; and keeps values that JSON does not have. */
import { CountBolt, SequenceSpout } from '../../../lib/components/index.ts'
import {
  BasicBolt,
  type KeyValueState,
  type TaskContext,
  TopologyBuilder,
  type TopologyFunction,
  type Tuple,
} from '../../../lib/index.ts'

class Kinds extends BasicBolt<{ n: number }> {
  #kinds!: KeyValueState

  override prepare(context: TaskContext): void {
    this.#kinds = context.state('kinds')
  }

  override execute(tuple: Tuple<{ n: number }>): void {
    this.#kinds.put([tuple.get('n') % 2, 'a'], { at: new Date(0), big: 10n })
  }
}

const numbers: TopologyFunction = ({ variables: { count = '4', tasks = '1' } }) => {
  const builder = new TopologyBuilder('numbers', {
    'topology.guarantee': 'exactly-once',
    'topology.state.checkpoint.interval.ms': 50,
  })
  const byNumber = { type: 'fields', fields: ['n'] } as const
  builder.setSpout('sequence', () => new SequenceSpout(Number(count)), Number(tasks))
  builder.setBolt('count', () => new CountBolt(), Number(tasks)).grouping('sequence', 'default', byNumber)
  builder.setBolt('kinds', () => new Kinds()).grouping('sequence', 'default', { type: 'global' })
  return builder.createTopology()
}

export default numbers
