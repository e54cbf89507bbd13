import test from 'ava'
import { FileSpout, NullBolt, StdinSpout } from '../../lib/components/index.ts'
import { type DefinitionError, TopologyBuilder } from '../../lib/index.ts'

test('a second component that reads stdin is refused', (t) => {
  const builder = new TopologyBuilder('two', {})
  builder.setSpout('lines', () => new StdinSpout())
  builder.setSpout('more', () => new StdinSpout())
  const sink = builder.setBolt('sink', () => new NullBolt())
  sink.grouping('lines', 'default', { type: 'shuffle' }).grouping('more', 'default', { type: 'shuffle' })
  const error = t.throws<DefinitionError>(() => builder.createTopology())
  t.deepEqual(
    error!.problems.map(({ code, where }) => [code, where.component]),
    [['INPUT_SHARED', 'more']],
  )
})

test('a FileSpout that is to read "-" is told of the one that reads stdin', (t) => {
  t.throws(() => new FileSpout('-'), { message: /StdinSpout/ })
})
