/**
 * A store that was put back as it was earlier, or emptied, while the spouts' positions went on: the topology does not
 * begin.
 */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { fields } from '../../../lib/index.ts'
import { completeTopology, LocalCluster } from '../../../lib/testing/index.ts'
import {
  Count,
  embeddedMap,
  FixedBatchSpout,
  type MapState,
  mapState,
  memoryMap,
  type StateFactory,
  type StateKind,
  TridentTopology,
} from '../../../lib/trident/index.ts'
import { folderOf } from '../../folder.ts'

const word = fields<{ word: string }>('word')
const count = fields<{ count: number }>('count')

/** Counts the first so many of some words, going on where the run before was, and gives what was told. */
async function run(directory: string, words: number, factory: StateFactory<MapState<number>>): Promise<string[]> {
  const topology = new TridentTopology('noted', { 'topology.state.dir': directory })
  const rows = Array.from({ length: words }, (_, index) => [`word ${index % 3}`])
  topology
    .newStream('words', () => new FixedBatchSpout(word, 2, ...rows))
    .groupBy(['word'])
    .persistentAggregate('counts', factory, Count, count)
  const { problems } = await completeTopology(topology.build())
  return problems.map(({ code }) => code)
}

for (const kind of ['transactional', 'opaque'] satisfies StateKind[]) {
  test(`a ${kind} state that was put back as it was earlier is found out before anything is counted`, async (t) => {
    const directory = folderOf(t)
    const states = join(directory, 'noted', 'states')
    t.deepEqual(await run(directory, 6, embeddedMap({ kind })), [])
    cpSync(states, join(directory, 'earlier'), { recursive: true })
    t.deepEqual(await run(directory, 12, embeddedMap({ kind })), [])
    rmSync(states, { recursive: true })
    cpSync(join(directory, 'earlier'), states, { recursive: true })
    await t.throwsAsync(run(directory, 18, embeddedMap({ kind })), { code: 'STATE_LOST' })
  })
}

test('a state that was removed is found out, of whichever kind', async (t) => {
  for (const kind of ['non-transactional', 'transactional', 'opaque'] satisfies StateKind[]) {
    const directory = folderOf(t)
    t.deepEqual(await run(directory, 6, embeddedMap({ kind })), [])
    rmSync(join(directory, 'noted', 'states'), { recursive: true })
    await t.throwsAsync(run(directory, 12, embeddedMap({ kind })), { code: 'STATE_LOST' })
  }
})

test('a state in memory begins anew with each run, and so does its spout', async (t) => {
  const directory = folderOf(t)
  for (let round = 0; round < 2; round++) t.deepEqual(await run(directory, 6, memoryMap()), [])
})

/**
 * Counts words into a store that can be lost, until two batches are committed. What is read from it after that is read
 * by a check alone: the rest is cached.
 */
async function untilCommitted(t: ExecutionContext, cycle: boolean) {
  const disk = new Map<string, unknown>()
  let isLost = false
  const topology = new TridentTopology('ending', { 'topology.state.dir': folderOf(t) })
  const store = mapState<number>({
    label: 'disk',
    survives: true,
    create: () => ({
      multiGet: (keys) => keys.map((key) => (isLost ? undefined : disk.get(key))),
      multiPut: (keys, records) => keys.forEach((key, index) => void disk.set(key, records[index])),
    }),
  })
  topology
    .newStream('words', () => new FixedBatchSpout(word, 1, ['a'], ['a']).setCycle(cycle))
    .groupBy(['word'])
    .persistentAggregate('counts', store as StateFactory<MapState<number>>, Count, count)
  const running = await new LocalCluster().submit(topology.build())
  await running.waitUntil(() => (disk.get('a') as { value: number } | undefined)?.value === 2)
  isLost = true
  return running
}

test('a store that is lost behind the last commit makes the run a failed one, not a completed one', async (t) => {
  const { status, problem } = await (await untilCommitted(t, false)).complete()
  t.is(status, 'failed')
  t.is(problem?.code, 'STATE_LOST')
})

test('and so it does of a run that is stopped', async (t) => {
  const running = await untilCommitted(t, true)
  running.drain()
  const { status, problem } = await running.complete()
  t.is(status, 'failed')
  t.is(problem?.code, 'STATE_LOST')
})
