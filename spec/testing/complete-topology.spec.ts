import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  direct,
  fields,
  Spout,
  type Streams,
  type TaskContext,
  TopologyBuilder,
  type Tuple,
  TyphoonError,
} from '../../lib/index.ts'
import {
  completeTopology,
  FeederSpout,
  LocalCluster,
  multiset,
  readTuples,
  testTuple,
} from '../../lib/testing/index.ts'

type Two = Streams<{ default: { n: number }; letters: { letter: string } }>

class EndlessSpout extends Spout<Two> {
  override readonly outputs = { default: fields<{ n: number }>('n'), letters: fields<{ letter: string }>('letter') }
  nextTuple(): void {}
}

class DoubleBolt extends BasicBolt<{ n: number }, { n: number }> {
  override readonly outputs = fields<{ n: number }>('n')
  execute(tuple: Tuple<{ n: number }>, collector: BasicOutputCollector<{ n: number }>): void {
    collector.emit([tuple.get('n') * 2])
  }
}

class LetterBolt extends BasicBolt<{ letter: string }, { letter: string }> {
  override readonly outputs = fields<{ letter: string }>('letter')
  execute(tuple: Tuple<{ letter: string }>, collector: BasicOutputCollector<{ letter: string }>): void {
    collector.emit([tuple.get('letter').toUpperCase()])
  }
}

function doubling(config = {}) {
  const builder = new TopologyBuilder('doubling', config)
  const source = builder.setSpout('source', () => new EndlessSpout(), 2)
  builder.setBolt('double', () => new DoubleBolt(), 2).shuffleGrouping(source)
  builder.setBolt('letters', () => new LetterBolt()).shuffleGrouping(source, 'letters')
  return builder.createTopology()
}

test('a mocked source emits what it was given, on the streams that were named', async (t) => {
  const source = [[1], { stream: 'letters', values: ['a'] }, [2], { stream: 'letters', values: ['b'] }, [3]]

  const result = await completeTopology(doubling(), { mockedSources: { source } })

  t.deepEqual(multiset(readTuples(result, 'double')), multiset([[2], [4], [6]]))
  t.deepEqual(multiset(readTuples(result, 'letters')), multiset([['A'], ['B']]))
  t.deepEqual(multiset(readTuples(result, 'source', 'letters')), multiset([['a'], ['b']]))
  t.is(result.report.status, 'completed')
  t.is(result.report.roots.acked, 5)
})

test('a mocked source that is given nothing lets the topology complete at once', async (t) => {
  const result = await completeTopology(doubling(), { mockedSources: { source: [] } })
  t.deepEqual(readTuples(result, 'double'), [])
  t.is(result.report.status, 'completed')
})

test('a configuration of the test that is misspelled or wrong is refused, with the right spelling', async (t) => {
  for (const config of [{ 'topology.wokers': 3 }, { 'topology.workers': 'three' as never }]) {
    const error = await t.throwsAsync(completeTopology(doubling(), { config, mockedSources: { source: [] } }), {
      instanceOf: TyphoonError,
    })
    t.is(error.code, 'BAD_CONFIG')
    t.true(error.hint !== undefined)
  }
})

test('options that there are not are refused: a misspelled mock would run the real component', async (t) => {
  const error = await t.throwsAsync(completeTopology(doubling(), { mockedSource: {} } as never), {
    instanceOf: TyphoonError,
  })
  t.is(error.code, 'BAD_ARGUMENT')
  t.throws(() => new LocalCluster({ sead: 3 } as never), { code: 'BAD_ARGUMENT' })
})

test('tuples of a component or a stream that there is not cannot be read', async (t) => {
  const result = await completeTopology(doubling(), { mockedSources: { source: [] } })
  t.throws(() => readTuples(result, 'sorce'), { code: 'UNKNOWN_COMPONENT' })
  t.throws(() => readTuples(result, 'source', 'odd'), { code: 'UNDECLARED_STREAM' })
})

test("the configuration of the test goes before the topology's", async (t) => {
  const { report } = await completeTopology(doubling({ 'topology.workers': 1 }), {
    mockedSources: { source: [[1]] },
    config: { 'topology.workers': 3 },
  })
  t.is(report.workers, 3)
})

test('a source that is not in the topology cannot be mocked', async (t) => {
  const error = await t.throwsAsync(completeTopology(doubling(), { mockedSources: { sorce: [] } }), {
    instanceOf: TyphoonError,
  })
  t.like(error, { code: 'UNKNOWN_COMPONENT' })
  t.regex(error.hint ?? '', /"source"/)
  await t.throwsAsync(completeTopology(doubling(), { mockedSources: { double: [] } }), { code: 'UNKNOWN_COMPONENT' })
})

test('a tuple of a mocked source that does not fit is told before the run, with the source', async (t) => {
  const wide = { mockedSources: { source: [[1], ['x', 1]] } }
  t.like(await t.throwsAsync(completeTopology(doubling(), wide), { instanceOf: TyphoonError }), {
    code: 'WRONG_VALUES',
    where: { component: 'source', stream: 'default' },
  })
  const astray = { mockedSources: { source: [{ stream: 'leters', values: ['a'] }] } }
  const error = await t.throwsAsync(completeTopology(doubling(), astray), { instanceOf: TyphoonError })
  t.like(error, { code: 'UNDECLARED_STREAM', where: { component: 'source' } })
  t.regex(error.hint!, /letters/)
})

test('a spout that is endless and not mocked is refused', async (t) => {
  const error = await t.throwsAsync(completeTopology(doubling()), { instanceOf: TyphoonError })
  t.like(error, { code: 'NO_METHOD', where: { component: 'source' } })
})

test('a mocked bolt does what the test says, on the streams of what it replaces, and a sink nothing', async (t) => {
  const seen: unknown[] = []
  const mockedBolts = {
    double: (tuple: Tuple, collector: BasicOutputCollector) => void collector.emit({ n: tuple.get('n') * 10 }),
    letters: async (tuple: Tuple) => void seen.push(tuple.get('letter')),
  }
  const source = [[1], { stream: 'letters', values: ['a'] }]
  const result = await completeTopology(doubling(), { mockedSources: { source }, mockedBolts })
  t.deepEqual([readTuples(result, 'double'), readTuples(result, 'letters'), seen], [[[10]], [], ['a']])
  t.is(result.report.roots.acked, 2)
})

test('what a mocked bolt throws fails its tuple', async (t) => {
  const mockedBolts = {
    double() {
      throw new Error('no')
    },
  }
  const result = await completeTopology(doubling(), { mockedSources: { source: [[1]] }, mockedBolts })
  t.is(result.report.roots.failed.explicit, 1)
})

test('a bolt that is not in the topology cannot be mocked, nor can a spout as one', async (t) => {
  for (const id of ['doubel', 'source']) {
    const mockedBolts = { [id]: () => {} }
    const error = await t.throwsAsync(completeTopology(doubling(), { mockedSources: { source: [] }, mockedBolts }))
    t.is((error as TyphoonError).code, 'UNKNOWN_COMPONENT')
  }
})

test('a mock keeps the direct streams of what it replaces', async (t) => {
  class Addressing extends Spout<Streams<{ replies: { n: number } }>> {
    override readonly outputs = { replies: direct(fields<{ n: number }>('n')) }
    nextTuple(): void {}
  }
  const builder = new TopologyBuilder('direct')
  const source = builder.setSpout('source', () => new Addressing())
  builder.setBolt('double', () => new DoubleBolt()).directGrouping(source, 'replies')

  const { status } = (await completeTopology(builder.createTopology(), { mockedSources: { source: [] } })).report
  t.is(status, 'completed')
})

test('what makes the topology fail is thrown, with the seed', async (t) => {
  const builder = new TopologyBuilder('failing')
  class Failing extends DoubleBolt {
    override prepare(_context: TaskContext): void {
      throw new Error('no database')
    }
  }
  const source = builder.setSpout('source', () => new EndlessSpout())
  builder.setBolt('double', () => new Failing()).shuffleGrouping(source)

  const run = completeTopology(builder.createTopology(), { mockedSources: { source: [] }, seed: 77 })
  const error = await t.throwsAsync(run, { instanceOf: TyphoonError, message: 'prepare threw: no database (seed 77)' })
  t.like(error, { code: 'COMPONENT_FAILED', where: { component: 'double' } })
})

test('a run that does not end in time says what it waits for, and the seed', async (t) => {
  const builder = new TopologyBuilder('waiting')
  builder.setSpout('words', () => new FeederSpout('word'))
  await t.throwsAsync(completeTopology(builder.createTopology(), { timeoutMs: 5_000, seed: 78 }), {
    message: /\(seed 78\)$/,
  })
})

test('errors of bolts are in the result', async (t) => {
  class Picky extends DoubleBolt {
    override execute(): void {
      throw new Error('not today')
    }
  }
  const builder = new TopologyBuilder('picky')
  builder.setBolt('double', () => new Picky()).shuffleGrouping(builder.setSpout('source', () => new EndlessSpout()))

  const result = await completeTopology(builder.createTopology(), { mockedSources: { source: [[1], [2]] } })

  t.is(result.report.roots.failed.explicit, 2)
  t.deepEqual(
    result.problems.map(({ message }) => message),
    ['not today', 'not today'],
  )
})

test('a multiset counts how often each tuple is there, whatever the order', (t) => {
  t.deepEqual(multiset([[1], ['a', 2], [1]]), multiset([['a', 2], [1], [1]]))
  t.notDeepEqual(multiset([[1], [1]]), multiset([[1]]))
})

test('a tuple for a test has names for everything unless they are given', (t) => {
  const plain = testTuple(['james', 'bond'])
  t.is(plain.sourceStream, 'default')
  t.is(plain.sourceComponent, 'component')
  t.deepEqual(plain.fields.names, ['field1', 'field2'])
  const named = testTuple<{ fname: string; lname: string }>(['james', 'bond'], {
    stream: 'test-stream',
    component: 'test-component',
    fields: ['fname', 'lname'],
  })
  t.is(named.sourceStream, 'test-stream')
  t.is(named.sourceComponent, 'test-component')
  t.deepEqual(named.toObject(), { fname: 'james', lname: 'bond' })
})
