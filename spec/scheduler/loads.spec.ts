/** What the workers of a topology need. */
import test from 'ava'
import { workerLoad } from '../../lib/scheduler/loads.ts'
import { TopologyBuilder } from '../../lib/topology/builder/topology-builder.ts'
import { ScriptBolt, ScriptSpout } from '../executor/harness.ts'

test('the loads of all executors are shared out evenly; what says nothing counts for nothing', (t) => {
  const builder = new TopologyBuilder('loads')
  const spout = builder.setSpout('spout', () => new ScriptSpout(), 2).setCPULoad(50)
  builder
    .setBolt('bolt', () => new ScriptBolt(() => {}), 4)
    .shuffleGrouping(spout)
    .setMemoryLoad(100, 28)
  builder.setBolt('other', () => new ScriptBolt(() => {}), 4).shuffleGrouping(spout)
  const { topology } = builder.createTopology()
  t.deepEqual(workerLoad(topology, 1), { cpu: 100, memory: 512 })
  t.deepEqual(workerLoad(topology, 2), { cpu: 50, memory: 256 })
})
