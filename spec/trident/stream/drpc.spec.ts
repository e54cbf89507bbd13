/** DRPC streams: a request is a batch of one tuple, and what the stream ends with is the answer. */
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import { LocalCluster } from '../../../lib/testing/index.ts'
import { Count, MapGet, memoryMap, SnapshotGet, Sum } from '../../../lib/trident/index.ts'
import { ask, COUNT, commit, drpcFor, fed, start, topologyFor, WORD, words } from './kit.ts'

const SHOUT = fields<{ shout: string }>('shout')

test('a function answers with all tuples that its stream ends with, whole', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  topology.newDRPCStream('shout', drpc).each(['args'], (tuple, out) => out.emit([`${tuple.get('args')}!`]), SHOUT)
  topology.newDRPCStream('echo', drpc)
  const running = await start(t, topology)
  t.deepEqual(await ask(running, drpc, 'shout', 'hello'), [['hello', 'hello!']])
  t.deepEqual(await ask(running, drpc, 'echo', ''), [['']])
})

test('a request whose tuples are all dropped is answered with none', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  topology
    .newDRPCStream('nothing', drpc)
    .filter(() => false)
    .shuffle()
    .map((tuple) => [tuple.get('args')])
    .parallelismHint(3)
  topology
    .newDRPCStream('zero', drpc)
    .filter(() => false)
    .aggregate(Count, COUNT)
  const running = await start(t, topology)
  t.deepEqual(await ask(running, drpc, 'nothing', 'x'), [])
  t.deepEqual(await ask(running, drpc, 'zero', 'x'), [[0]])
})

test('arguments and results are any text', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  topology
    .newDRPCStream('mirror', drpc)
    .shuffle()
    .map((tuple) => [[...tuple.get('args')].reverse().join('')], SHOUT)
  const running = await start(t, topology)
  for (const text of ['żółć 🌀', '\u0000\n"\\', '漢字', ' ', '__proto__'])
    t.deepEqual(await ask(running, drpc, 'mirror', text), [[[...text].reverse().join('')]])
})

test('a large answer comes whole', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  topology
    .newDRPCStream('numbers', drpc)
    .flatMap((tuple) => Array.from({ length: Number(tuple.get('args')) }, (_, n) => [n]), fields<{ n: number }>('n'))
    .shuffle()
    .map((tuple) => [tuple.get('n') * 2])
    .parallelismHint(3)
  const running = await start(t, topology)
  const answer = (await ask(running, drpc, 'numbers', '25000')) as number[][]
  t.is(answer.length, 25_000)
  t.is(
    answer.reduce((sum, [n]) => sum + n!, 0),
    25_000 * 24_999,
  )
})

test('many requests at a time are answered each with its own', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  topology
    .newDRPCStream('count', drpc)
    .parallelismHint(2)
    .flatMap(words('args'), WORD)
    .shuffle()
    .filter(() => true)
    .parallelismHint(3)
    .groupBy(['word'])
    .aggregate(Count, COUNT)
    .aggregate(['count'], Sum, fields<{ sum: number }>('sum'))
  const running = await start(t, topology, new LocalCluster({ minDelayMs: 1, maxDelayMs: 20 }))
  const answers = Array.from({ length: 100 }, (_, n) =>
    drpc.execute(
      'count',
      Array(n + 1)
        .fill('w')
        .join(' '),
    ),
  )
  await running.waitUntil(() => drpc.pending === 0)
  t.deepEqual(
    (await Promise.all(answers)).map((text) => JSON.parse(text)),
    answers.map((_, n) => [[n + 1]]),
  )
})

test('what a function throws comes to who has asked, and the next request is answered', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  topology
    .newDRPCStream('parse', drpc)
    .shuffle()
    .map((tuple) => [JSON.parse(tuple.get('args'))], fields<{ value: unknown }>('value'))
    .parallelismHint(2)
  const running = await start(t, topology)
  const error = await t.throwsAsync(ask(running, drpc, 'parse', '{'), { code: 'DRPC_FAILED' })
  t.regex(error!.message, /JSON/)
  t.deepEqual(await ask(running, drpc, 'parse', '{"a":[1]}'), [[{ a: [1] }]])
})

test('an aggregator, a query, or an asynchronous function that fails does so to who has asked', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  const state = topology.newStaticState('map', memoryMap())
  topology.newDRPCStream('sum', drpc).aggregate(['args'], Sum as any, fields<{ sum: number }>('sum'))
  topology.newDRPCStream('query', drpc).stateQuery(
    state,
    ['args'],
    {
      batchRetrieve: async () => {
        throw new Error('the other side hung up')
      },
      execute: () => {},
    },
    COUNT,
  )
  topology
    .newDRPCStream('short', drpc)
    .stateQuery(state, ['args'], { batchRetrieve: () => [], execute: () => {} }, COUNT)
  topology.newDRPCStream('async', drpc).map((async () => ['a']) as any)
  const running = await start(t, topology)
  const reason = async (name: string): Promise<string> => {
    const error = await t.throwsAsync(ask(running, drpc, name, 'x'), { code: 'DRPC_FAILED' })
    return error!.message
  }
  t.regex(await reason('sum'), /Sum .*"args".*"x"/)
  t.regex(await reason('query'), /the other side hung up/)
  t.regex(await reason('short'), /\b0 results .*batchRetrieve/)
  t.regex(await reason('async'), /\bpromise\b/)
})

test('two functions ask one state while it is written', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  const { feeder, stream } = fed(topology, WORD)
  const counts = stream
    .groupBy(['word'])
    .persistentAggregate('counts', memoryMap<number>(), Count, COUNT)
    .parallelismHint(3)
  topology.newDRPCStream('one', drpc).groupBy(['args']).stateQuery(counts, MapGet, COUNT).project(['count'])
  topology
    .newDRPCStream('many', drpc)
    .flatMap(words('args'), WORD)
    .groupBy(['word'])
    .stateQuery(counts, MapGet, COUNT)
    .filter(['count'], (tuple) => tuple.get('count') !== null)
    .aggregate(['count'], Sum, fields<{ sum: number }>('sum'))
  const running = await start(t, topology)
  for (let round = 1; round <= 5; round++) {
    await commit(running, feeder, [['a'], ['b'], ['a']])
    t.deepEqual(await ask(running, drpc, 'one', 'a'), [[2 * round]])
    t.deepEqual(await ask(running, drpc, 'many', 'a b c'), [[3 * round]])
  }
})

test('a stream of requests may go several ways that are merged, and asks states on each', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  const { feeder, stream } = fed(topology, WORD)
  const counts = stream.groupBy(['word']).persistentAggregate('counts', memoryMap<number>(), Count, COUNT)
  const total = stream.persistentAggregate('total', memoryMap<number>(), Count, COUNT)
  const requests = topology.newDRPCStream('both', drpc)
  topology.merge(
    requests.groupBy(['args']).stateQuery(counts, MapGet, COUNT).project(['count']),
    requests.stateQuery(total, ['args'], SnapshotGet, COUNT).project(['count']),
  )
  const running = await start(t, topology)
  await commit(running, feeder, [['a'], ['b'], ['a']])
  const answer = (await ask(running, drpc, 'both', 'a')) as unknown[][]
  t.deepEqual(answer.flat().sort(), [2, 3])
})

test('a topology of nothing but functions runs', async (t) => {
  const topology = topologyFor(t)
  const drpc = drpcFor(t)
  topology.newDRPCStream('length', drpc).map((tuple) => [tuple.get('args').length], fields<{ n: number }>('n'))
  const running = await start(t, topology)
  t.deepEqual(await ask(running, drpc, 'length', 'abc'), [[3]])
})
