/** A spout without a limit before a bolt that takes 1 ms per tuple, in its own worker and in the other one. */
import { ConstantSpout } from '../../../lib/components/index.ts'
import { BasicBolt, TopologyBuilder } from '../../../lib/index.ts'

class SlowBolt extends BasicBolt {
  override execute(): void {
    for (const end = performance.now() + 1; performance.now() < end; );
  }
}

const builder = new TopologyBuilder('overrun', {
  'topology.workers': 2,
  'topology.max.spout.pending': 16_000_000,
  'topology.executor.receive.buffer.size': 256,
  'topology.transfer.buffer.bytes': 65_536,
  'topology.transfer.batch.bytes': 8192,
  'topology.stats.interval.ms': 20,
})
const spout = builder.setSpout('spout', () => new ConstantSpout('x'.repeat(4096)))
builder.setBolt('slow', () => new SlowBolt(), 2).shuffleGrouping(spout)

export default builder.createTopology()
