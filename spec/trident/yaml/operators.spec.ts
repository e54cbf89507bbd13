/** A stream in TypeScript and a word of YAML come to the same operator, which is plain data. */
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import {
  Count,
  FixedBatchSpout,
  MapGet,
  memoryMap,
  type Stream,
  Sum,
  TridentState,
  TridentTopology,
  tumblingCount,
} from '../../../lib/trident/index.ts'
import type { Operator } from '../../../lib/trident/program/operator.ts'
import { operate, repartition } from '../../../lib/trident/yaml/calls.ts'
import { OPERATIONS, REPARTITIONINGS } from '../../../lib/trident/yaml/vocabulary.ts'

const AT = { file: '/topology.yaml', line: 1 }
const N = fields('n')
const keeps = (): boolean => true
const emits = (): void => {}
const makes = (): number[] => [1]
const makesSome = (): number[][] => [[1]]
const compares = (): number => 0
const map = memoryMap<any>()
const update = (): void => {}
const grouping = () => ({ chooseTasks: () => [] })

function streamOf(topology: TridentTopology): Stream {
  return topology.newStream('s', () => new FixedBatchSpout(fields('a', 'b'), 1))
}

function operatorOf(made: Stream | TridentState): Operator | undefined {
  const { node } = (made instanceof TridentState ? made.newValuesStream() : made).point
  return node.type === 'operator' ? node.operator : undefined
}

type Case = readonly [value: unknown, keys: object, call: (stream: Stream) => Stream | TridentState]

const CASES: Record<keyof typeof OPERATIONS, Case> = {
  each: [emits, { input: ['a'], fields: ['n'] }, (s) => s.each(['a'], emits, N)],
  filter: [keeps, { input: ['a'] }, (s) => s.filter(['a'], keeps)],
  map: [makes, { fields: ['n'] }, (s) => s.map(makes, N)],
  flatMap: [makesSome, { fields: ['n'] }, (s) => s.flatMap(makesSome, N)],
  peek: [emits, {}, (s) => s.peek(emits)],
  project: [['b'], {}, (s) => s.project(['b'])],
  partitionAggregate: [Count, { fields: ['n'] }, (s) => s.partitionAggregate(Count, N)],
  aggregate: [Sum, { groupBy: ['a'], input: ['b'], fields: ['n'] }, (s) => s.groupBy(['a']).aggregate(['b'], Sum, N)],
  chainedAgg: [
    [{ aggregator: Sum, input: ['b'], fields: ['n'] }],
    { groupBy: ['a'] },
    (s) => s.groupBy(['a']).chainedAgg().aggregate(['b'], Sum, N).chainEnd(),
  ],
  min: [compares, {}, (s) => s.min(compares)],
  max: [compares, {}, (s) => s.max(compares)],
  minBy: ['a', {}, (s) => s.minBy('a')],
  maxBy: ['a', { comparator: compares }, (s) => s.maxBy('a', compares)],
  persistentAggregate: [
    'counts',
    { groupBy: ['a'], state: map, aggregator: Count, fields: ['n'] },
    (s) => s.groupBy(['a']).persistentAggregate('counts', map, Count, N),
  ],
  partitionPersist: [
    'written',
    { state: map, updater: update, input: ['a'], fields: ['n'] },
    (s) => s.partitionPersist('written', map, ['a'], update, N),
  ],
  stateQuery: [undefined, { groupBy: ['a'], query: MapGet, fields: ['n'] }, (s) => s],
  window: [
    'w',
    { tumblingCount: 2, groupBy: ['a'], input: ['b'], aggregator: Count, fields: ['n'] },
    (s) => s.groupBy(['a']).window('w', tumblingCount(2), ['b'], Count, N),
  ],
  partitionBy: [['a'], {}, (s) => s.partitionBy(['a'])],
  partition: [grouping, {}, (s) => s.partition(grouping)],
}

for (const name of Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[]) {
  if (name === 'stateQuery') continue
  test(`${name} is the same in YAML`, (t) => {
    const [value, keys, call] = CASES[name]
    const operator = operatorOf(call(streamOf(new TridentTopology('code'))))
    t.is(operator?.op, name)
    t.deepEqual(operatorOf(operate(streamOf(new TridentTopology('yaml')), name, value, keys, AT)), operator)
  })
}

test('stateQuery is the same in YAML', (t) => {
  const topology = new TridentTopology('both')
  const stream = streamOf(topology)
  const state = topology.newStaticState('known', map)
  const operator = operatorOf(stream.groupBy(['a']).stateQuery(state, MapGet, N as any))
  t.is(operator?.op, 'stateQuery')
  t.deepEqual(operatorOf(operate(stream, 'stateQuery', state, CASES.stateQuery[1], AT)), operator)
})

for (const name of Object.keys(REPARTITIONINGS) as (keyof typeof REPARTITIONINGS)[])
  test(`${name} is the same in YAML`, (t) => {
    const stream = streamOf(new TridentTopology('both'))
    t.deepEqual(operatorOf(repartition(stream, name)), { op: name })
    t.deepEqual(operatorOf(stream[name]()), { op: name })
  })

test('an operator is plain data: what the user has programmed, and the fields that it sees and makes', (t) => {
  const stream = streamOf(new TridentTopology('data'))
  t.deepEqual(operatorOf(stream.each(['a'], emits, N)), { op: 'each', function: emits, input: ['a'], fields: N })
  t.deepEqual(operatorOf(stream.aggregate(Count, N)), {
    op: 'aggregate',
    function: Count,
    input: ['a', 'b'],
    fields: N,
  })
})
