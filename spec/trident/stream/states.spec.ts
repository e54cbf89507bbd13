/** States of a stream: what is aggregated over the batches, written, asked for, and gone on with. */
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import {
  Count,
  embeddedMap,
  firstN,
  keyOf,
  MapGet,
  type MapState,
  memoryMap,
  type ReducerAggregator,
  SnapshotGet,
  type State,
  type StateFactory,
  Sum,
  TupleCollectionGet,
} from '../../../lib/trident/index.ts'
import { ask, COUNT, commit, drpcFor, fed, noting, run, type Seen, sorted, start, topologyFor } from './kit.ts'

type Sale = { shop: string; price: number }
const SALE = fields<Sale>('shop', 'price')
const BATCHES: [string, number][][] = [
  [
    ['a', 5],
    ['b', 7],
    ['a', 1],
  ],
  [],
  [
    ['c', 2],
    ['b', 1],
  ],
]
const TOTAL = fields<{ total: number }>('total')
/** The prices in their order: what no combiner can do. */
const LIST: ReducerAggregator<number[], { price: number }> = {
  init: () => [],
  reduce: (prices, tuple) => [...prices, tuple.get('price')],
}

function values(found: readonly Seen[][]): unknown[][][] {
  return found.map((seen) => sorted(seen.map((one) => one.values)))
}

for (const [name, factory] of [
  ['memory', memoryMap],
  ['the embedded store', embeddedMap],
] as const) {
  test(`persistentAggregate of groups with a combiner emits the new value of each group that a batch has: ${name}`, async (t) => {
    const found = await run(t, SALE, BATCHES, (stream) =>
      stream
        .shuffle()
        .groupBy(['shop'])
        .persistentAggregate('totals', factory(), ['price'], Sum, TOTAL)
        .parallelismHint(3)
        .newValuesStream(),
    )
    t.deepEqual(values(found), [
      [
        ['a', 6],
        ['b', 7],
      ],
      [],
      [
        ['b', 8],
        ['c', 2],
      ],
    ])
  })

  test(`persistentAggregate of groups with a reducer goes on from the stored value, tuple by tuple: ${name}`, async (t) => {
    const found = await run(t, SALE, BATCHES, (stream) =>
      stream
        .groupBy(['shop'])
        .persistentAggregate('lists', factory(), ['price'], LIST, fields<{ prices: number[] }>('prices'))
        .parallelismHint(3)
        .newValuesStream(),
    )
    t.deepEqual(values(found), [
      [
        ['a', [5, 1]],
        ['b', [7]],
      ],
      [],
      [
        ['b', [7, 1]],
        ['c', [2]],
      ],
    ])
  })

  test(`persistentAggregate without groups keeps one value, of all partitions: ${name}`, async (t) => {
    const found = await run(t, SALE, BATCHES, (stream) =>
      stream.shuffle().persistentAggregate('total', factory(), ['price'], Sum, TOTAL).newValuesStream(),
    )
    t.deepEqual(
      values(found).filter((rows) => rows.length > 0),
      [[[13]], [[16]]],
    )
    const lists = await run(t, SALE, BATCHES, (stream) =>
      stream
        .persistentAggregate('list', factory(), ['price'], LIST, fields<{ prices: number[] }>('prices'))
        .newValuesStream(),
    )
    t.deepEqual(
      values(lists).filter((rows) => rows.length > 0),
      [[[[5, 7, 1]]], [[[5, 7, 1, 2, 1]]]],
    )
  })
}

test('persistentAggregate may see all fields, where none are named', async (t) => {
  const found = await run(t, SALE, BATCHES, (stream) =>
    stream.groupBy(['shop']).persistentAggregate('counts', memoryMap(), Count, COUNT).newValuesStream(),
  )
  t.deepEqual(values(found), [
    [
      ['a', 2],
      ['b', 1],
    ],
    [],
    [
      ['b', 2],
      ['c', 1],
    ],
  ])
})

test('the new values of a state can be aggregated into a second state, in the same commit', async (t) => {
  const found = await run(t, SALE, BATCHES, (stream) =>
    stream
      .groupBy(['shop'])
      .persistentAggregate('counts', memoryMap(), Count, COUNT)
      .parallelismHint(2)
      .newValuesStream()
      .groupBy(['count'])
      .persistentAggregate('shops-by-count', memoryMap(), ['shop'], Count, fields<{ shops: number }>('shops'))
      .parallelismHint(3)
      .newValuesStream(),
  )
  t.deepEqual(values(found), [
    [
      [1, 1],
      [2, 1],
    ],
    [],
    [
      [1, 2],
      [2, 2],
    ],
  ])
})

/** Sums of the prices by shop, written by hand. */
const update = async (
  state: MapState<number>,
  tuples: readonly { get(name: 'shop' | 'price'): any }[],
  out: any,
): Promise<void> => {
  const keys = [...new Set(tuples.map((tuple) => keyOf([tuple.get('shop')])))]
  const sums = keys.map((key) =>
    tuples.reduce((sum, tuple) => sum + (keyOf([tuple.get('shop')]) === key ? tuple.get('price') : 0), 0),
  )
  const now = await state.multiUpdate(keys, (stored = 0, index) => stored + sums[index]!)
  for (const [index, key] of keys.entries()) out.emit([key, now[index]])
}

test('partitionPersist hands the tuples of each partition to an updater, and what that emits is the new values', async (t) => {
  const found = await run(t, SALE, BATCHES, (stream) =>
    stream
      .partitionBy(['shop'])
      .partitionPersist(
        'totals',
        memoryMap<number>(),
        ['shop', 'price'],
        update,
        fields<{ shop: string; total: number }>('shop', 'total'),
      )
      .parallelismHint(3)
      .newValuesStream(),
  )
  t.deepEqual(values(found), [
    [
      ['a', 6],
      ['b', 7],
    ],
    [],
    [
      ['b', 8],
      ['c', 2],
    ],
  ])
})

test('a state of your own gets its tuples between beginCommit and commit, transaction by transaction, and nothing for one without tuples', async (t) => {
  const calls: string[] = []
  class Journal implements State {
    beginCommit(txid: number | null): void {
      calls.push(`begin ${txid}`)
    }
    async commit(txid: number | null): Promise<void> {
      calls.push(`commit ${txid}`)
    }
    note(text: string): void {
      calls.push(text)
    }
  }
  const journal: StateFactory<Journal> = {
    label: 'journal',
    kind: 'own',
    survives: false,
    makeState: () => new Journal(),
  }
  const topology = topologyFor(t)
  const { feeder, stream } = fed(topology, SALE)
  stream.partitionPersist('journal', journal, ['price'], (state, tuples) =>
    state.note(tuples.map((tuple) => tuple.get('price')).join()),
  )
  const running = await start(t, topology)
  await commit(running, feeder, BATCHES[0]!)
  await commit(running, feeder, [])
  await commit(running, feeder, BATCHES[2]!)
  // The coordinator begins batches of its own accord: those that nobody has fed are empty.
  const all = calls.join(' ').match(/begin \d+ (?:\d[\d,]* )?commit \d+/g) ?? []
  t.is(all.join(' '), calls.join(' '))
  t.deepEqual(
    all.map((one) => Number(one.split(' ')[1])),
    all.map((_, index) => index + 1),
  )
  t.true(all.every((one) => one.split(' ')[1] === one.split(' ').at(-1)))
  const withRows = all.filter((one) => one.split(' ').length === 5).map((one) => one.split(' ')[2])
  t.deepEqual(withRows, ['5,7,1', '2,1'])
})

test('stateQuery asks a state that another stream writes, and appends what it answers', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  const { feeder, stream } = fed(topology, SALE)
  const totals = stream
    .groupBy(['shop'])
    .persistentAggregate('totals', memoryMap<number>(), ['price'], Sum, TOTAL)
    .parallelismHint(3)
  const all = stream.persistentAggregate('all', memoryMap<number>(), ['price'], Sum, TOTAL)
  topology.newDRPCStream('total', drpc).groupBy(['args']).stateQuery(totals, MapGet, TOTAL)
  topology
    .newDRPCStream('by-key', drpc)
    .partitionBy(['args'])
    .stateQuery(totals, ['args'], MapGet, TOTAL)
    .project(['total'])
  topology.newDRPCStream('all', drpc).stateQuery(all, ['args'], SnapshotGet, TOTAL).project(['total'])
  topology
    .newDRPCStream('list', drpc)
    .broadcast()
    .stateQuery(totals, ['args'], TupleCollectionGet, fields<{ shop: string; total: number }>('shop', 'total'))
    .aggregate(
      ['shop', 'total'],
      firstN<{ shop: string; total: number }>(2, 'total', true),
      fields<{ shop: string; total: number }>('shop', 'total'),
    )
  const running = await start(t, topology)

  t.deepEqual(await ask(running, drpc, 'total', 'a'), [['a', null]])
  t.deepEqual(await ask(running, drpc, 'all', ''), [[null]])
  t.deepEqual(await ask(running, drpc, 'list', ''), [])
  for (const batch of BATCHES) await commit(running, feeder, batch)
  t.deepEqual(await ask(running, drpc, 'total', 'b'), [['b', 8]])
  t.deepEqual(await ask(running, drpc, 'by-key', 'a'), [[6]])
  t.deepEqual(await ask(running, drpc, 'all', ''), [[16]])
  t.deepEqual(await ask(running, drpc, 'list', ''), [
    ['b', 8],
    ['a', 6],
  ])
})

test('a stream may ask the state that it writes itself, and sees it as it is at that moment', async (t) => {
  const topology = topologyFor(t)
  const { feeder, stream } = fed(topology, SALE)
  const totals = stream.groupBy(['shop']).persistentAggregate('totals', memoryMap<number>(), ['price'], Sum, TOTAL)
  const seen: Seen[] = []
  stream.groupBy(['shop']).stateQuery(totals, MapGet, TOTAL).peek(noting(seen))
  const running = await start(t, topology)
  await commit(running, feeder, [['a', 5]])
  await commit(running, feeder, [['a', 7]])
  t.deepEqual(
    seen.map((one) => one.values),
    [
      ['a', 5, null],
      ['a', 7, 5],
    ],
  )
})

test('a static state is asked like any other', async (t) => {
  const customers: StateFactory<MapState<string>> = {
    label: 'customers',
    kind: 'own',
    survives: true,
    makeState: () => ({
      beginCommit: () => {},
      commit: () => {},
      multiGet: (keys) => keys.map((key) => (key === 'a' ? 'gold' : undefined)),
      multiUpdate: () => [],
      multiPut: () => {},
    }),
  }
  const found = await run(t, SALE, [BATCHES[0]!], (stream, topology) =>
    stream.stateQuery(
      topology.newStaticState('customers', customers),
      ['shop'],
      MapGet,
      fields<{ card: string | null }>('card'),
    ),
  )
  t.deepEqual(values(found), [
    [
      ['a', 1, 'gold'],
      ['a', 5, 'gold'],
      ['b', 7, null],
    ],
  ])
})

test('two streams write two values, each kept and asked under its own name', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  const one = fed(topology, SALE, 'one')
  const other = fed(topology, SALE, 'other')
  const states = [one, other].map(({ stream }, index) =>
    stream.persistentAggregate(`sum-${index}`, memoryMap<number>(), ['price'], Sum, TOTAL),
  )
  for (const [index, state] of states.entries())
    topology.newDRPCStream(`sum-${index}`, drpc).stateQuery(state, ['args'], SnapshotGet, TOTAL).project(['total'])
  const running = await start(t, topology)
  await commit(running, one.feeder, [['a', 1]])
  await commit(running, other.feeder, [['a', 10]])
  t.deepEqual([await ask(running, drpc, 'sum-0', ''), await ask(running, drpc, 'sum-1', '')], [[[1]], [[10]]])
})
