/** Tuples that have failed where a tuple is atomic, and wait for another attempt. */
import test from 'ava'
import { withDeadLetterBolt } from '../../../lib/components/reliability/dead-letter-bolt.ts'
import { TopologyBuilder } from '../../../lib/index.ts'
import { harness, ScriptBasicBolt, ScriptSpout } from '../harness.ts'

const BUFFER = 8
const TUPLES = 100

test('while a bolt fails with each tuple no more wait than its inbox holds, and what comes behind is held back', async (t) => {
  const spout = new ScriptSpout()
  let isAway = true
  const written: unknown[] = []
  const bolt = new ScriptBasicBolt((tuple) => {
    if (isAway) throw new Error('the database is away')
    written.push(tuple.values[0])
  })
  const builder = new TopologyBuilder('waiting', {
    'topology.guarantee': 'exactly-once',
    'topology.tuple.max.attempts': 1000,
    'topology.executor.receive.buffer.size': BUFFER,
  })
  builder.setSpout('spout', () => spout)
  builder.setBolt('bolt', () => bolt).grouping('spout', 'default', { type: 'shuffle' })
  const h = await harness(withDeadLetterBolt(builder.createTopology()))
  const executor = h.exactBolts.find(({ component }) => component === 'bolt')!
  for (let n = 0; n < TUPLES; n++) spout.script.push((out) => out.emit([`word ${n}`]))
  h.activate()
  h.settle()
  t.deepEqual(h.congestion.at(-1), [executor.task, true])
  t.is(executor.unsettled, BUFFER)
  t.not(spout.script.length, 0)
  for (let second = 0; second < 30; second++) {
    await h.clock.advance(1000)
    h.settle()
    t.true(executor.unsettled <= BUFFER)
  }
  isAway = false
  for (let second = 0; second < 30; second++) {
    await h.clock.advance(1000)
    h.settle()
  }
  t.deepEqual([executor.unsettled, spout.script.length], [0, 0])
  t.deepEqual([...written].sort(), Array.from({ length: TUPLES }, (_, n) => `word ${n}`).sort())
})
