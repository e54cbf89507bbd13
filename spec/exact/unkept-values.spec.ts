/** Values that may go between tasks of one worker, and that no snapshot can hold. */
import test from 'ava'
import { SequenceSpout } from '../../lib/components/index.ts'
import { BasicBolt, type BasicOutputCollector, fields, TopologyBuilder, type Tuple } from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'

class Emits extends BasicBolt {
  override readonly outputs = fields('f')

  execute(_tuple: Tuple, out: BasicOutputCollector): void {
    out.emit([() => 1])
  }
}

class Refuses extends BasicBolt {
  execute(): void {
    throw new Error('not now')
  }
}

test('a snapshot that meets such a value on its way says which component has emitted it', async (t) => {
  const builder = new TopologyBuilder('unkept', {
    'topology.guarantee': 'exactly-once',
    'topology.state.checkpoint.interval.ms': 50,
    'topology.tuple.max.attempts': 3,
  })
  const shuffle = { type: 'shuffle' } as const
  builder.setSpout('numbers', () => new SequenceSpout(3))
  builder.setBolt('emits', () => new Emits()).grouping('numbers', 'default', shuffle)
  builder.setBolt('refuses', () => new Refuses()).grouping('emits', 'default', shuffle)
  const topology = await new LocalCluster().submit(builder.createTopology(), { snapshots: new MemorySnapshots() })
  const met = () => topology.problems.find(({ code, where }) => code === 'CANNOT_ENCODE' && where.path === '[0]')
  await topology.waitUntil(() => met() !== undefined)
  t.deepEqual([met()!.where.component, met()!.where.stream], ['emits', 'default'])
  t.false(topology.problems.some(({ code }) => code === 'INTERNAL'))
  topology.crash()
})
