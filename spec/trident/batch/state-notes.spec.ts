/** A store that was put back as it was earlier, or emptied, while the spouts' positions went on: the topology does not begin. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { fields } from '../../../lib/index.ts'
import { completeTopology } from '../../../lib/testing/index.ts'
import {
  Count,
  embeddedMap,
  FixedBatchSpout,
  type MapState,
  memoryMap,
  type StateFactory,
  type StateKind,
  TridentTopology,
} from '../../../lib/trident/index.ts'

const word = fields<{ word: string }>('word')
const count = fields<{ count: number }>('count')

function folder(t: ExecutionContext): string {
  const made = mkdtempSync(join(tmpdir(), 'typhoon-notes-'))
  t.teardown(() => rmSync(made, { recursive: true, force: true }))
  return made
}

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
    const directory = folder(t)
    const states = join(directory, 'noted', 'states')
    t.deepEqual(await run(directory, 6, embeddedMap({ kind })), [])
    cpSync(states, join(directory, 'earlier'), { recursive: true })
    t.deepEqual(await run(directory, 12, embeddedMap({ kind })), [])
    rmSync(states, { recursive: true })
    cpSync(join(directory, 'earlier'), states, { recursive: true })
    await t.throwsAsync(run(directory, 18, embeddedMap({ kind })), {
      code: 'STATE_LOST',
      message: /its last transaction was \d+ at least, and is \d+ now/,
    })
  })
}

test('a state that was removed is found out, of whichever kind', async (t) => {
  for (const kind of ['non-transactional', 'transactional', 'opaque'] satisfies StateKind[]) {
    const directory = folder(t)
    t.deepEqual(await run(directory, 6, embeddedMap({ kind })), [])
    rmSync(join(directory, 'noted', 'states'), { recursive: true })
    await t.throwsAsync(run(directory, 12, embeddedMap({ kind })), {
      code: 'STATE_LOST',
      message: /nothing of it is stored any more/,
    })
  }
})

test('a state in memory begins anew with each run, and so does its spout', async (t) => {
  const directory = folder(t)
  for (let round = 0; round < 2; round++) t.deepEqual(await run(directory, 6, memoryMap()), [])
})
