/**
 * Dead letters of Trident come to their file once each, and before a run is over, whatever is full, lost or replayed
 * meanwhile.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { type ConfigMap, fields, TyphoonError } from '../../../lib/index.ts'
import { LocalCluster, type LocalTopology } from '../../../lib/testing/index.ts'
import {
  type BatchCollector,
  Count,
  embeddedMap,
  memoryMap,
  type OpaquePartitionedTridentSpout,
  type PartitionedTridentSpout,
  type StateFactory,
  TridentTopology,
} from '../../../lib/trident/index.ts'
import { sharedFolder } from '../../folder.ts'
import { jsonLinesIn } from '../../json-lines.ts'

const folder = sharedFolder()
let runs = 0

const N = fields<{ n: number }>('n')
const ROWS = 40
/** What the spout cannot emit. */
const UNREADABLE = new Set([3, 4, 17, 39])
const GOOD = Array.from({ length: ROWS }, (_, n) => n).filter((n) => !UNREADABLE.has(n))

/** Numbers, ten in a batch, of which it gives some up. */
function numbers(kind: 'transactional' | 'opaque'): PartitionedTridentSpout | OpaquePartitionedTridentSpout {
  const emit = (collector: BatchCollector, from: number, to: number): void => {
    for (let n = from; n < to; n++)
      if (UNREADABLE.has(n)) collector.giveUp({ n }, { place: n }, new TyphoonError('INPUT_DAMAGED', `no ${n}`))
      else collector.emit([n])
  }
  return {
    kind,
    outputs: N,
    getCoordinator: () => ({ getPartitionsForBatch: () => ['all'] }),
    getEmitter: () => {
      const begun = new Set<string>()
      return {
        emitPartitionBatchNew({ txid, attempt }, collector, _, last: { to: number } | undefined) {
          const from = last?.to ?? 0
          if (from === ROWS || begun.has(`${txid} ${attempt}`)) return undefined
          begun.add(`${txid} ${attempt}`)
          emit(collector, from, from + 10)
          return { from, to: from + 10 }
        },
        emitPartitionBatch: (
          _: unknown,
          collector: BatchCollector,
          __: string,
          { from, to }: { from: number; to: number },
        ) => emit(collector, from, to),
        isExhausted: (_, last) => last?.to === ROWS,
      }
    },
  }
}

interface Run {
  readonly cluster: LocalCluster
  readonly running: LocalTopology
  readonly counts: Map<number, number>
}

interface Given {
  readonly place: string
  readonly kind?: 'transactional' | 'opaque'
  readonly state?: StateFactory<any>
  readonly config?: ConfigMap
  look?(n: number): void
}

async function start(
  { place, kind = 'transactional', state = embeddedMap<number>(), config, look }: Given,
  cluster = new LocalCluster({ seed: 5 }),
): Promise<Run> {
  const counts = new Map<number, number>()
  const topology = new TridentTopology('letters', {
    'topology.workers': 2,
    'topology.state.dir': join(place, 'state'),
    'topology.state.sync': 'none',
    'topology.dead.letters.file': fileIn(place),
    'topology.replay.delay.ms': 10,
    'topology.trident.max.batches.pending': 1,
    ...config,
  })
  topology
    .newStream('numbers', () => numbers(kind))
    .shuffle()
    .peek((tuple) => look?.(tuple.get('n')))
    .parallelismHint(2)
    .groupBy(['n'] as never)
    .persistentAggregate('counts', state, Count, fields<{ count: number }>('count'))
    .newValuesStream()
    .peek((tuple: any) => void counts.set(tuple.get('n'), tuple.get('count')))
  return { cluster, running: await cluster.submit(topology.build()), counts }
}

function newPlace(): string {
  return join(folder, String(++runs))
}

function fileIn(place: string): string {
  return join(place, 'letters', 'dead.jsonl')
}

/** Nothing can be written where the folder of the file is a file. */
function block(place: string): void {
  mkdirSync(place, { recursive: true })
  writeFileSync(dirname(fileIn(place)), '')
}

function free(place: string): void {
  rmSync(dirname(fileIn(place)))
}

function lettersIn(place: string): any[] {
  return jsonLinesIn(fileIn(place))
}

const numbersOf = (letters: readonly any[]): number[] => letters.map(({ values }) => values.n).sort((a, b) => a - b)

for (const kind of ['transactional', 'opaque'] as const)
  test(`what an ${kind} spout cannot emit is one dead letter each, though batches are replayed and workers lost`, async (t) => {
    const place = newPlace()
    let failures = 0
    const { running, counts } = await start({
      place,
      kind,
      look(n) {
        if (n % 10 === 5 && failures++ < 5) throw new Error('not yet')
      },
    })
    await running.waitUntil(() => failures > 2)
    running.killWorker(1 as never)
    await running.waitUntil(() => failures > 4)
    running.killWorker(2 as never)
    const report = await running.complete()
    t.is(report.status, 'completed')
    t.deepEqual(numbersOf(lettersIn(place)), [...UNREADABLE])
    const [letter] = lettersIn(place)
    t.like(letter, { stream: 'numbers', messageId: { place: 3 }, lastError: 'no 3', attempts: 0 })
    t.deepEqual(
      [...counts.keys()].sort((a, b) => a - b),
      GOOD,
    )
    t.true([...counts.values()].every((count) => count === 1))
  })

test('while the dead letters of a batch cannot be written none follows it, and none is written twice', async (t) => {
  const place = newPlace()
  block(place)
  const { cluster, running, counts } = await start({ place })
  await running.waitUntil(() => counts.has(9))
  await cluster.advanceTime(60_000)
  t.false(running.isDone)
  t.deepEqual(
    [...counts.keys()].sort((a, b) => a - b),
    GOOD.slice(0, 8),
  )
  t.true(running.problems.some(({ code }) => code === 'DEAD_LETTER_FAILED'))
  running.killWorker(1 as never)
  running.killWorker(2 as never)
  await cluster.advanceTime(60_000)
  t.false(running.isDone)
  free(place)
  const report = await running.complete()
  t.is(report.status, 'completed')
  t.is(report.problem, undefined)
  t.deepEqual(numbersOf(lettersIn(place)), [...UNREADABLE])
})

test('what a run could not write the next one does, also where nothing else of it survives', async (t) => {
  for (const state of [embeddedMap<number>(), memoryMap<number>()]) {
    const place = newPlace()
    block(place)
    const config = { 'topology.drain.timeout.secs': 2 }
    const { cluster, running, counts } = await start({ place, state, config })
    await running.waitUntil(() => counts.has(9))
    running.drain()
    const first = await running.complete()
    t.is(first.problem?.code, 'DRAIN_TIMEOUT')
    t.regex(first.problem!.message, /; 2 roots/)
    free(place)
    const { running: again } = await start({ place, state, config }, cluster)
    t.is((await again.complete()).status, 'completed')
    const found = numbersOf(lettersIn(place))
    t.deepEqual([...new Set(found)], [...UNREADABLE])
    // Without a state that survives, the spout begins anew, and gives up what it gave up before.
    t.is(found.length, state.survives ? 4 : 6)
  }
})
