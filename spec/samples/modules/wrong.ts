/** Has two mistakes that the builder finds while the module is loaded. */
import { TopologyBuilder } from 'typhoon'
import { LogBolt } from '../components.ts'

const builder = new TopologyBuilder('wrong')
builder.setBolt('log', () => new LogBolt())

export default builder.createTopology()
