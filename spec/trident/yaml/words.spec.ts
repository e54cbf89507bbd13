/** The words of Trident in YAML: values that are ready make the same stream as the DSL, and what cannot be is said. */
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import { FixedBatchSpout, type Stream, TridentState, TridentTopology } from '../../../lib/trident/index.ts'
import { begin as beginAt, operate as operateAt, repartition, standIn } from '../../../lib/trident/yaml/calls.ts'
import { checkRole, makeBuiltin } from '../../../lib/trident/yaml/check-operand.ts'
import { milliseconds, windowOf } from '../../../lib/trident/yaml/stores.ts'
import {
  builtinsFor,
  type OPERATIONS,
  REPARTITIONINGS,
  ROLES,
  type Role,
} from '../../../lib/trident/yaml/vocabulary.ts'

const AT = { file: '/topology.yaml', line: 1 }
const operate = (stream: Stream, name: keyof typeof OPERATIONS, value: unknown, keys: object) =>
  operateAt(stream, name, value, keys, AT)
const begin = (topology: TridentTopology, name: Parameters<typeof beginAt>[1], value: unknown, keys: object) =>
  beginAt(topology, name, value, keys, AT)

type Repartitioning = keyof typeof REPARTITIONINGS

function stream(topology = new TridentTopology('words')): Stream {
  return topology.newStream('s', () => new FixedBatchSpout(fields('a', 'b'), 1, [1, 2]))
}

/** Of the state that is asked. */
const asked = new TridentTopology('asked')
const asks = { batchRetrieve: () => [], execute: () => {} }
const COUNT = makeBuiltin('Count', [])

/** What each operation is given, and the fields that come out of it. */
const CALLS: Record<keyof typeof OPERATIONS, readonly [value: unknown, keys: object, outputs: readonly string[]]> = {
  each: [() => {}, { input: ['a'], fields: ['c'] }, ['a', 'b', 'c']],
  filter: [() => true, { input: ['a'] }, ['a', 'b']],
  map: [() => [1], { fields: ['c'] }, ['c']],
  flatMap: [() => [], {}, ['a', 'b']],
  peek: [() => {}, {}, ['a', 'b']],
  project: [['b'], {}, ['b']],
  partitionAggregate: [COUNT, { fields: ['n'] }, ['n']],
  aggregate: [COUNT, { groupBy: ['a'], fields: ['n'] }, ['a', 'n']],
  chainedAgg: [
    [
      { aggregator: COUNT, fields: ['n'] },
      { aggregator: makeBuiltin('Sum', []), input: ['b'], fields: ['m'] },
    ],
    { groupBy: ['a'] },
    ['a', 'n', 'm'],
  ],
  min: [() => 0, {}, ['a', 'b']],
  max: [() => 0, {}, ['a', 'b']],
  minBy: ['a', {}, ['a', 'b']],
  maxBy: ['a', { comparator: () => 0 }, ['a', 'b']],
  persistentAggregate: ['counts', { groupBy: ['b'], aggregator: COUNT, fields: ['n'] }, ['b', 'n']],
  partitionPersist: ['file', { fileSink: 'a.txt', input: ['a'] }, []],
  stateQuery: [
    asked.newStaticState('known', {
      label: 'known',
      kind: 'own',
      survives: true,
      makeState: () => ({ beginCommit() {}, commit() {} }),
    }),
    { groupBy: ['a'], query: asks, fields: ['c'] },
    ['a', 'b', 'c'],
  ],
  window: ['w', { tumblingCount: 2, groupBy: ['a'], input: ['b'], aggregator: COUNT, fields: ['n'] }, ['a', 'n']],
  partitionBy: [['a'], {}, ['a', 'b']],
  partition: [{ chooseTasks: () => [] }, {}, ['a', 'b']],
}

for (const [name, [value, keys, outputs]] of Object.entries(CALLS)) {
  test(`${name} gives the fields ${outputs.join(', ') || '(none)'}`, (t) => {
    const from = name === 'stateQuery' ? stream(asked) : stream()
    const done = operate(from, name as keyof typeof OPERATIONS, value, keys)
    const after = done instanceof TridentState ? done.newValuesStream() : done
    t.deepEqual(after.fields.names, outputs)
  })
}

test('each without fields is a filter, and sees all fields unless it is told which', (t) => {
  const done = operate(stream(), 'each', () => true, {}) as Stream
  t.deepEqual(done.fields.names, ['a', 'b'])
  t.throws(() => operate(stream(), 'each', () => true, { input: ['c'] }), { code: 'UNKNOWN_FIELD' })
})

test('a change of partitions leaves the fields as they are', (t) => {
  for (const name of Object.keys(REPARTITIONINGS) as Repartitioning[])
    t.deepEqual(repartition(stream(), name).fields.names, ['a', 'b'])
})

test('parallelism, name and loads are those of the operation, or of its state', (t) => {
  const topology = new TridentTopology('loads')
  operate(stream(topology), 'map', () => [1, 2], { name: 'mine', parallelism: 3, cpuLoad: 10, memoryLoad: 64 })
  operate(operated(topology), 'persistentAggregate', 'c', {
    aggregator: COUNT,
    fields: ['n'],
    parallelism: 4,
    cpuLoad: 5,
  })
  const { components } = topology.build().topology
  t.is(components['spout-s-mine']?.parallelism, 3)
  t.is(components['spout-s-mine']?.config['topology.component.cpu.pcore.percent'], 10)
  t.is(components['spout-s-mine']?.config['topology.component.resources.onheap.memory.mb'], 64)
  t.is(components['c']?.parallelism, 4)
  t.is(components['c']?.config['topology.component.cpu.pcore.percent'], 5)
})

function operated(topology: TridentTopology): Stream {
  return topology.newStream('t', () => new FixedBatchSpout(fields('x'), 1, [1])).shuffle()
}

test('a join has the fields of its streams unless they are named', (t) => {
  const topology = new TridentTopology('joined')
  const left = stream(topology)
  const right = topology.newStream('t', () => new FixedBatchSpout(fields('x', 'y'), 1, [1, 2]))
  const parts = [
    { stream: left, on: ['a'] },
    { stream: right, on: ['x'], type: 'outer' },
  ]
  t.deepEqual((begin(topology, 'join', parts, {}) as Stream).fields.names, ['a', 'b', 'y'])
  const all = { mode: 'preserve', fields: ['1', '2', '3', '4'] }
  t.deepEqual((begin(topology, 'join', parts, all) as Stream).fields.names, ['1', '2', '3', '4'])
})

test('a multiReduce groups all of its streams or none', (t) => {
  const topology = new TridentTopology('reduced')
  const reducer = { init: () => 0, execute: () => {}, complete: () => {} }
  const keys = { reducer, fields: ['r'] }
  const one = stream(topology)
  const grouped = { stream: one, groupBy: ['a'] }
  t.deepEqual((begin(topology, 'multiReduce', [grouped, grouped], keys) as Stream).fields.names, ['r'])
  t.deepEqual((begin(topology, 'multiReduce', [{ stream: one }, { stream: one }], keys) as Stream).fields.names, ['r'])
  t.throws(() => begin(topology, 'multiReduce', [grouped, { stream: one }], keys), { code: 'STREAMS_DIFFER' })
})

test('what stands in for an operation that is wrong has the fields that it would have', (t) => {
  const after = (name: keyof typeof OPERATIONS, keys: object): readonly string[] | undefined =>
    standIn(stream(), name, keys)?.fields.names
  t.deepEqual(after('each', { fields: ['c', 'a'] }), ['a', 'b', 'c'])
  t.deepEqual(after('aggregate', { groupBy: ['g'], fields: ['n'] }), ['g', 'n'])
  t.deepEqual(after('flatMap', { fields: ['c'] }), ['c'])
  t.deepEqual(after('filter', {}), ['a', 'b'])
  t.is(after('chainedAgg', {}), undefined)
})

test('a window has one length, counted in tuples or in time', (t) => {
  t.deepEqual(windowOf({ tumblingCount: 100 }), { by: 'count', length: 100, slide: 100 })
  t.deepEqual(windowOf({ slidingCount: [100, 10] }), { by: 'count', length: 100, slide: 10 })
  t.deepEqual(windowOf({ tumblingDuration: '1m' }), { by: 'duration', length: 60_000, slide: 60_000 })
  t.deepEqual(windowOf({ slidingDuration: ['1m', 500] }), { by: 'duration', length: 60_000, slide: 500 })
  for (const keys of [
    {},
    { tumblingCount: 1, tumblingDuration: '1s' },
    { slidingCount: [1] },
    { slidingCount: [1, 2] },
  ])
    t.throws(() => windowOf(keys), { code: 'BAD_WINDOW' })
})

test('a time is a number and a unit, or milliseconds', (t) => {
  t.deepEqual(['500ms', '1.5s', ' 2m ', '1h', '1d'].map(milliseconds), [500, 1500, 120_000, 3_600_000, 86_400_000])
  t.is(milliseconds(7), 7)
  for (const wrong of ['', '5', 'm', '-1s', '1 s']) t.throws(() => milliseconds(wrong), { code: 'BAD_ARGUMENT' })
})

test('built-in operations fit their roles, by what they are', (t) => {
  for (const role of Object.keys(ROLES) as Role[])
    for (const name of builtinsFor(role)) {
      const args = { MinBy: ['a'], MaxBy: ['a'], FirstN: [1], Negate: [() => true] }[name as string] ?? []
      t.notThrows(() => checkRole(makeBuiltin(name, args), role), `${name} as ${role}`)
    }
})

test('a built-in operation says which arguments it takes', (t) => {
  const wrong = [
    ['Count', [1]],
    ['FirstN', []],
    ['FirstN', ['5']],
    ['FirstN', [5, 'a', 1]],
    ['MinBy', [1]],
  ] as const
  for (const [name, args] of wrong) t.throws(() => makeBuiltin(name, args), { code: 'BAD_ARGUMENT' }, name)
})

test('what a role does not fit is refused with how it should look', (t) => {
  const wrong: Partial<Record<Role, unknown>> = {
    filter: 42,
    mapper: {},
    aggregator: () => {},
    accumulator: { init() {}, aggregate() {}, complete() {} },
    query: null,
    multiReducer: undefined,
    comparator: { prepare() {} },
    spout: { kind: 'opaque' },
  }
  for (const [role, value] of Object.entries(wrong)) {
    const code = role === 'spout' ? 'NOT_A_COMPONENT' : 'NOT_AN_OPERATION'
    const error = t.throws<any>(() => checkRole(value, role as Role), { code }, role)
    t.truthy(error?.hint)
  }
  t.notThrows(() => checkRole({ prepare() {} }, 'filter'))
})
