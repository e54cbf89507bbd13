/** Several streams made one, batch by batch: merge, join, multiReduce. */
import test, { type ExecutionContext } from 'ava'
import { type Fields, fields, type Values } from '../../../lib/index.ts'
import type {
  GroupedMultiReducer,
  JoinOptions,
  MultiReducer,
  Stream,
  TridentTopology,
} from '../../../lib/trident/index.ts'
import { Count } from '../../../lib/trident/index.ts'
import { commit, fed, noting, type Seen, sorted, start, topologyFor } from './kit.ts'

type Age = { name: string; age: number }
type City = { who: string; city: string }
type Pet = { owner: string; pet: string }
const AGES: Values<Age>[] = [
  ['ann', 30],
  ['bob', 40],
  ['cid', 50],
]
const CITIES: Values<City>[] = [
  ['ann', 'Rome'],
  ['ann', 'Oslo'],
  ['bob', 'Bonn'],
  ['dan', 'Bern'],
]
const PETS: Values<Pet>[] = [
  ['ann', 'cat'],
  ['dan', 'dog'],
]

interface Inputs {
  readonly ages: Stream<Age>
  readonly cities: Stream<City>
  readonly pets: Stream<Pet>
}

/**
 * What comes out of three streams that share their batches, for one batch of each. As the batches of a feeder are the
 * coordinator's, all three are fed at once.
 */
async function outOf(
  t: ExecutionContext,
  build: (inputs: Inputs, topology: TridentTopology) => Stream<any>,
): Promise<unknown[][]> {
  const topology = topologyFor(t)
  const ages = fed<Age>(topology, fields('name', 'age') as Fields<Age>, 'ages')
  const cities = fed<City>(topology, fields('who', 'city') as Fields<City>, 'cities')
  const pets = fed<Pet>(topology, fields('owner', 'pet') as Fields<Pet>, 'pets')
  const seen: Seen[] = []
  build({ ages: ages.stream, cities: cities.stream, pets: pets.stream }, topology).peek(noting(seen)).parallelismHint(3)
  void cities.feeder.feed(CITIES)
  void pets.feeder.feed(PETS)
  void ages.feeder.feed(AGES)
  const running = await start(t, topology)
  for (const { feeder } of [ages, cities, pets]) feeder.end()
  await running.complete()
  t.deepEqual(running.problems, [])
  return sorted(seen.map(({ values }) => values))
}

const PERSON = fields<{ name: string; age: number; city: string }>('name', 'age', 'city')
const joined = (options: JoinOptions) => (inputs: Inputs, topology: TridentTopology) =>
  topology.join([inputs.ages, inputs.cities], [['name'], ['who']], PERSON, options)

test('merge has all tuples of all streams', async (t) => {
  const name = fields<{ name: string }>('name')
  const all = await outOf(t, ({ ages, cities, pets }, topology) =>
    topology.merge(
      ages.project(['name']),
      cities.map((tuple) => [tuple.get('who')], name),
      pets.map((tuple) => [tuple.get('owner')], name),
    ),
  )
  t.deepEqual(all.flat(), ['ann', 'ann', 'ann', 'ann', 'bob', 'bob', 'cid', 'dan', 'dan'])
})

test('what was merged is one batch: it is aggregated as one', async (t) => {
  const name = fields<{ name: string }>('name')
  const all = await outOf(t, ({ ages, cities }, topology) =>
    topology
      .merge(
        ages.project(['name']),
        cities.map((tuple) => [tuple.get('who')], name),
      )
      .aggregate(Count, fields<{ count: number }>('count')),
  )
  t.deepEqual(all, [[7]])
})

test('an inner join has the pairs of tuples with the same join fields', async (t) => {
  t.deepEqual(await outOf(t, joined({})), [
    ['ann', 30, 'Oslo'],
    ['ann', 30, 'Rome'],
    ['bob', 40, 'Bonn'],
  ])
})

test('an outer join has nulls for what lacks', async (t) => {
  t.deepEqual(await outOf(t, joined({ types: ['outer', 'outer'] })), [
    ['ann', 30, 'Oslo'],
    ['ann', 30, 'Rome'],
    ['bob', 40, 'Bonn'],
    ['cid', 50, null],
    ['dan', null, 'Bern'],
  ])
})

test('a mixed join keeps the tuples of the inner stream, and of the outer one what fits', async (t) => {
  t.deepEqual(await outOf(t, joined({ types: ['inner', 'outer'] })), [
    ['ann', 30, 'Oslo'],
    ['ann', 30, 'Rome'],
    ['bob', 40, 'Bonn'],
    ['cid', 50, null],
  ])
})

test('three streams can be joined at once', async (t) => {
  const out = fields<{ name: string; age: number; city: string; pet: string }>('name', 'age', 'city', 'pet')
  const by = [['name'], ['who'], ['owner']]
  t.deepEqual(await outOf(t, ({ ages, cities, pets }, topology) => topology.join([ages, cities, pets], by, out)), [
    ['ann', 30, 'Oslo', 'cat'],
    ['ann', 30, 'Rome', 'cat'],
  ])
  t.deepEqual(
    await outOf(t, ({ ages, cities, pets }, topology) =>
      topology.join([ages, cities, pets], by, out, { types: ['outer', 'inner', 'outer'] }),
    ),
    [
      ['ann', 30, 'Oslo', 'cat'],
      ['ann', 30, 'Rome', 'cat'],
      ['bob', 40, 'Bonn', null],
      ['dan', null, 'Bern', 'dog'],
    ],
  )
})

test('a join that preserves has all fields of each stream', async (t) => {
  const out = fields<Age & City>('name', 'age', 'who', 'city')
  t.deepEqual(
    await outOf(t, ({ ages, cities }, topology) =>
      topology.join([ages, cities], [['name'], ['who']], out, { outMode: 'preserve', types: ['inner', 'outer'] }),
    ),
    [
      ['ann', 30, 'ann', 'Oslo'],
      ['ann', 30, 'ann', 'Rome'],
      ['bob', 40, 'bob', 'Bonn'],
      ['cid', 50, null, null],
    ],
  )
})

test('multiReduce of groups reduces the tuples of all streams that have the same values, group by group', async (t) => {
  const reducer: GroupedMultiReducer<
    { name: string; ages: number; cities: string },
    { ages: number; cities: string[] }
  > = {
    init: () => ({ ages: 0, cities: [] }),
    execute(state, stream, _, tuple) {
      if (stream === 0) state.ages += tuple.get('age')
      else state.cities.push(tuple.get('city'))
    },
    complete: ({ ages, cities }, [name], collector) => collector.emit([name as string, ages, cities.sort().join()]),
  }
  const out = fields<{ name: string; ages: number; cities: string }>('name', 'ages', 'cities')
  const all = await outOf(t, ({ ages, cities }, topology) =>
    topology.multiReduce([['age'], ['city']], [ages.groupBy(['name']), cities.groupBy(['who'])], reducer, out),
  )
  t.deepEqual(all, [
    ['ann', 30, 'Oslo,Rome'],
    ['bob', 40, 'Bonn'],
    ['cid', 50, ''],
    ['dan', 0, 'Bern'],
  ])
})

test('multiReduce of streams reduces what a partition has of each of them', async (t) => {
  const reducer: MultiReducer<{ first: number; second: number }, [number, number]> = {
    init: () => [0, 0],
    execute(counts, stream) {
      counts[stream]!++
    },
    complete: (counts, collector) => collector.emit(counts),
  }
  const out = fields<{ first: number; second: number }>('first', 'second')
  const all = await outOf(t, ({ ages, cities }, topology) =>
    topology.multiReduce([['age'], ['city']], [ages.global(), cities.global()], reducer, out),
  )
  t.deepEqual(
    all.filter(([first, second]) => Number(first) + Number(second) > 0),
    [[3, 4]],
  )
})

test('streams are joined batch by batch: what comes in another batch finds nothing', async (t) => {
  const topology = topologyFor(t)
  const ages = fed<Age>(topology, fields('name', 'age') as Fields<Age>, 'ages')
  const cities = fed<City>(topology, fields('who', 'city') as Fields<City>, 'cities')
  const seen: Seen[] = []
  topology.join([ages.stream, cities.stream], [['name'], ['who']], PERSON).peek(noting(seen))
  const running = await start(t, topology)
  await commit(running, ages.feeder, [['ann', 30]])
  await commit(running, cities.feeder, [['ann', 'Rome']])
  t.deepEqual(seen, [])
})
