/** The definition itself. */
import { TopologyBuilder } from 'typhoon'
import { CountBolt, WordSpout } from '../components.ts'

const builder = new TopologyBuilder('default-export', { 'topology.workers': 2 })
const words = builder.setSpout('words', () => new WordSpout(), 2)
builder
  .setBolt('count', () => new CountBolt(), 4)
  .setNumTasks(8)
  .fieldsGrouping(words, ['word'])

export default builder.createTopology()
