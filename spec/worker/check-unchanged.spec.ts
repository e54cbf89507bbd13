import test from 'ava'
import { RandomSentenceSpout } from '../../lib/components/index.ts'
import { TopologyBuilder } from '../../lib/index.ts'
import { planTopology } from '../../lib/scheduler/plan.ts'
import { checkUnchanged } from '../../lib/worker/check-unchanged.ts'

function definition(parallelism: number) {
  const builder = new TopologyBuilder('words')
  builder.setSpout('sentences', () => new RandomSentenceSpout(), parallelism)
  return builder.createTopology()
}

test('a definition that a worker loads is refused where it is not the one that was planned', (t) => {
  const plan = planTopology(definition(1).topology)
  t.notThrows(() => checkUnchanged(definition(1), plan))
  t.throws(() => checkUnchanged(definition(2), plan), { code: 'TOPOLOGY_CHANGED' })
})
