/** Parallelisms that there are not. */
import { NullBolt, SequenceSpout } from '../../../lib/components/index.ts'
import { TopologyBuilder } from '../../../lib/index.ts'

const builder = new TopologyBuilder('bad-parallelism')
const numbers = builder.setSpout('numbers', () => new SequenceSpout(10), 0)
builder.setBolt('sink', () => new NullBolt(), Number.NaN).shuffleGrouping(numbers)

export default builder.createTopology()
