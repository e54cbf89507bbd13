/** What becomes of batches that fail, and of what they have written: in one process, in simulated time. */
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { LocalDRPC } from '../../lib/drpc/index.ts'
import { type ConfigMap, fields } from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import {
  Count,
  embeddedMap,
  FixedBatchSpout,
  MapGet,
  memoryMap,
  OpaqueMemoryTransactionalSpout,
  type StateFactory,
  TridentTopology,
  type TridentTuple,
  TupleCollectionGet,
} from '../../lib/trident/index.ts'
import { folderOf } from '../folder.ts'
import { jsonLinesIn } from '../json-lines.ts'
import { ask } from '../trident/stream/kit.ts'

const WORD = fields<{ word: string }>('word')
const COUNT = fields<{ count: number }>('count')
const WORDS = Array.from({ length: 60 }, (_, n): [string] => [`w${n % 7}`])
const EXPECTED = Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`w${n}`, n < 60 % 7 ? 9 : 8]))

interface Options {
  readonly config?: ConfigMap
  readonly words?: readonly [string][]
  /** Called with each tuple, before it is counted. */
  readonly look?: (tuple: TridentTuple<{ word: string }>) => void
  readonly opaque?: boolean
}

/** A word count into the embedded store, with a folder of its own. */
function setUp(t: ExecutionContext) {
  const folder = folderOf(t)
  const deadLetters = join(folder, 'dead.jsonl')
  const build = ({ config = {}, words = WORDS, look = () => {}, opaque = false }: Options) => {
    const counts = new Map<string, number>()
    const topology = new TridentTopology('count', {
      'topology.workers': 2,
      'topology.state.dir': folder,
      'topology.state.sync': 'none',
      'topology.dead.letters.file': deadLetters,
      ...config,
    })
    topology
      .newStream('words', () =>
        opaque ? new OpaqueMemoryTransactionalSpout(WORD, 10, [words]) : new FixedBatchSpout(WORD, 10, ...words),
      )
      .shuffle()
      .peek(look)
      .parallelismHint(3)
      .groupBy(['word'])
      .persistentAggregate('counts', embeddedMap<number>(), Count, COUNT)
      .parallelismHint(2)
      .newValuesStream()
      .peek((tuple) => void counts.set(tuple.get('word'), tuple.get('count')))
    return { topology, counts }
  }
  return { build, deadLetters }
}

for (const opaque of [false, true])
  test(`a batch that fails comes again, with those behind it, and counts once: ${opaque ? 'opaque' : 'transactional'}`, async (t) => {
    let failures = 0
    const { topology, counts } = setUp(t).build({
      opaque,
      look(tuple) {
        if (tuple.get('word') !== 'w3' || failures === 3) return
        failures++
        throw new Error('not yet')
      },
    })
    const running = await new LocalCluster().submit(topology.build())
    const report = await running.complete()
    t.is(report.status, 'completed')
    t.is(failures, 3)
    t.deepEqual(Object.fromEntries([...counts].sort()), EXPECTED)
    t.true(running.problems.some(({ message }) => message.includes('not yet')))
  })

test('a batch that fails for ever stops the topology, which says which batch and why', async (t) => {
  const { topology } = setUp(t).build({
    look: (tuple) => {
      if (tuple.get('word') === 'w3') throw new Error('never')
    },
  })
  const running = await new LocalCluster().submit(topology.build())
  const report = await running.complete()
  t.is(report.status, 'failed')
  t.like(report.problem, { code: 'BATCH_FAILED', where: { batch: 1 } })
  t.regex(report.problem!.message, /never/)
})

test('where dead letters are allowed, a row that fails for ever is left out, and a letter says what it was', async (t) => {
  const { build, deadLetters } = setUp(t)
  const words = [...WORDS.slice(0, 10), ['poison'], ...WORDS.slice(10)] as [string][]
  const { topology, counts } = build({
    words,
    config: { 'topology.trident.dead.letters': true, 'topology.replay.max.attempts': 2 },
    look: (tuple) => {
      if (tuple.get('word') === 'poison') throw new Error('never')
    },
  })
  const running = await new LocalCluster().submit(topology.build())
  t.is((await running.complete()).status, 'completed')
  const letters = jsonLinesIn(deadLetters)
  t.is(letters.length, 1)
  t.deepEqual(letters[0].values, { word: 'poison' })
  t.is(letters[0].messageId.txid, 2)
  t.regex(letters[0].description, /never/)
  t.deepEqual(Object.fromEntries([...counts].sort()), EXPECTED)
})

test('a worker that is lost costs no count', async (t) => {
  const words = Array.from({ length: 400 }, (_, n): [string] => [`w${n % 7}`])
  let tuples = 0
  const { topology, counts } = setUp(t).build({ words, look: () => void tuples++ })
  const running = await new LocalCluster({ minDelayMs: 1, maxDelayMs: 5 }).submit(topology.build())
  await running.waitUntil(() => tuples > 100)
  running.killWorker(2 as never)
  await running.waitUntil(() => tuples > 300)
  running.killWorker(1 as never)
  t.is((await running.complete()).status, 'completed')
  const expected = Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`w${n}`, n < 400 % 7 ? 58 : 57]))
  t.deepEqual(Object.fromEntries([...counts].sort()), expected)
})

test('a topology that is started again goes on where it was, and its state answers', async (t) => {
  const { build } = setUp(t)
  const first = await new LocalCluster().submit(build({ words: WORDS.slice(0, 30) }).topology.build())
  await first.complete()
  const { topology, counts } = build({})
  await (await new LocalCluster().submit(topology.build())).complete()
  t.deepEqual(Object.fromEntries([...counts].sort()), EXPECTED)
})

test('a question waits for a lost worker and is answered then', async (t) => {
  const folder = folderOf(t)
  const drpc = new LocalDRPC()
  const topology = new TridentTopology('ask', { 'topology.workers': 2, 'topology.state.dir': folder })
  const counts = topology
    .newStream('words', () => new FixedBatchSpout(WORD, 10, ...WORDS).setCycle(true))
    .groupBy(['word'])
    .persistentAggregate('counts', embeddedMap<number>() as StateFactory<any>, Count, COUNT)
    .parallelismHint(2)
  topology.newDRPCStream('count', drpc).groupBy(['args']).stateQuery(counts, MapGet, COUNT).project(['count'])
  topology
    .newDRPCStream('all', drpc)
    .broadcast()
    .stateQuery(counts, ['args'], TupleCollectionGet, fields<{ word: string; count: number }>('word', 'count'))
    .aggregate(Count, fields<{ words: number }>('words'))
  const running = await new LocalCluster().submit(topology.build())
  await running.waitUntil(() => running.state()['counts']!.executed > 20)
  running.killWorker(1 as never)
  const [[before]] = (await ask(running, drpc, 'count', 'w1')) as [[number]]
  running.killWorker(2 as never)
  const [[after]] = (await ask(running, drpc, 'count', 'w1')) as [[number]]
  t.true(after >= before)
  t.deepEqual(await ask(running, drpc, 'all', ''), [[7]])
  running.drain()
  await running.complete()
})

for (const where of ['in the reducer', 'behind the state'] as const)
  for (const factory of [embeddedMap<string[]>, memoryMap<string[]>])
    for (const opaque of [false, true])
      test(`a reducer that changes its value in place counts once, though a batch fails ${where}: ${factory().label}, ${opaque ? 'opaque' : 'transactional'}`, async (t) => {
        const folder = folderOf(t)
        const row = fields<{ user: string; item: string }>('user', 'item')
        const rows = ['a', 'b', 'a', 'b', 'a', 'b'].map((user, n) => [user, `${user}${n}`] as [string, string])
        let failed = false
        const hiccup = (isTime: boolean): void => {
          if (failed || !isTime) return
          failed = true
          throw new Error('hiccup')
        }
        const list = {
          init: (): string[] => [],
          reduce(items: string[], tuple: TridentTuple<{ user: string; item: string }>) {
            if (where === 'in the reducer') hiccup(tuple.get('user') === 'b' && items.length > 0)
            items.push(tuple.get('item'))
            return items
          },
        }
        const found = new Map<string, readonly string[]>()
        const topology = new TridentTopology('lists', { 'topology.state.dir': folder, 'topology.state.sync': 'none' })
        topology
          .newStream('rows', () =>
            opaque ? new OpaqueMemoryTransactionalSpout(row, 2, [rows]) : new FixedBatchSpout(row, 2, ...rows),
          )
          .groupBy(['user'])
          .persistentAggregate(
            'lists',
            factory() as StateFactory<any>,
            ['item', 'user'],
            list,
            fields<{ list: string[] }>('list'),
          )
          .newValuesStream()
          .peek((tuple) => {
            if (where === 'behind the state') hiccup(tuple.get('list').length > 1)
            found.set(tuple.get('user'), [...tuple.get('list')])
          })
        const report = await (await new LocalCluster().submit(topology.build())).complete()
        t.is(report.status, 'completed')
        t.true(failed)
        t.deepEqual(Object.fromEntries(found), { a: ['a0', 'a2', 'a4'], b: ['b1', 'b3', 'b5'] })
      })
