/** Its topology has a limit of tasks, and so has one of its components. */
import { TopologyBuilder } from 'typhoon'
import { CountBolt, WordSpout } from '../components.ts'

const builder = new TopologyBuilder('limited', { 'topology.max.task.parallelism': 3 })
const words = builder.setSpout('words', () => new WordSpout(), 6)
builder
  .setBolt('count', () => new CountBolt(), 4)
  .setMaxTaskParallelism(2)
  .fieldsGrouping(words, ['word'])

export default builder.createTopology()
