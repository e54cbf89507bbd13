/** What the compiler must know of the components that come with Typhoon; the checks are its errors. */
import test from 'ava'
import { CountBolt, FileSpout, IdentityBolt, SequenceSpout, SplitBolt } from '../../lib/components/index.ts'
import { BasicBolt, DefinitionError, TopologyBuilder } from '../../lib/index.ts'

class Numbers extends BasicBolt<{ n: number }> {
  override execute(): void {}
}

test('fields flow from the components that come with Typhoon', (t) => {
  const builder = new TopologyBuilder('types')
  const lines = builder.setSpout('lines', () => new FileSpout('a', { encoding: 'latin1' }))
  const files = builder.setSpout('files', () => new FileSpout(['a'], { mode: 'whole' }))
  const numbers = builder.setSpout('numbers', () => new SequenceSpout())
  const identity = builder.setBolt('identity', () => new IdentityBolt<{ n: number }>('n')).shuffleGrouping(numbers)
  builder.setBolt('numbers-only', () => new Numbers()).shuffleGrouping(identity)
  const split = builder
    .setBolt('split', () => new SplitBolt())
    .fieldsGrouping(lines, ['line'])
    .fieldsGrouping(files, ['text'])
  builder.setBolt('count', () => new CountBolt()).fieldsGrouping(split, ['word'])
  const counted = builder.setBolt('counted', () => new CountBolt({ field: 'n' })).fieldsGrouping(identity, ['n'])
  builder.setBolt('counted-only', () => new Numbers()).fieldsGrouping(counted, ['n', 'count'])
  const { components } = builder.createTopology().topology
  const fieldsOf = (id: string) => components[id]!.outputs['default']!.fields
  t.deepEqual(['lines', 'files', 'numbers', 'identity', 'split', 'count', 'counted'].map(fieldsOf), [
    ['line'],
    ['file', 'text'],
    ['n'],
    ['n'],
    ['word'],
    ['word', 'count'],
    ['n', 'count'],
  ])
})

test('what does not fit does not compile', (t) => {
  const builder = new TopologyBuilder('types')
  const lines = builder.setSpout('lines', () => new FileSpout('a'))
  // @ts-expect-error there is no such field in mode lines
  builder.setBolt('a', () => new SplitBolt()).fieldsGrouping(lines, ['text'])
  // @ts-expect-error lines are no numbers
  builder.setBolt('b', () => new Numbers()).shuffleGrouping(lines)
  const numbers = builder.setSpout('numbers', () => new SequenceSpout())
  const counted = builder.setBolt('counted', () => new CountBolt({ field: 'n' })).fieldsGrouping(numbers, ['n'])
  // @ts-expect-error what was counted is called as its field is
  builder.setBolt('d', () => new Numbers()).fieldsGrouping(counted, ['word'])
  // @ts-expect-error there is no such mode
  builder.setSpout('c', () => new FileSpout('a', { mode: 'words' }))
  const error = t.throws(() => builder.createTopology(), { instanceOf: DefinitionError })
  t.deepEqual(
    error.problems.map(({ code }) => code),
    ['CONSTRUCTOR_FAILED', 'UNKNOWN_FIELD', 'UNKNOWN_FIELD'],
  )
})
