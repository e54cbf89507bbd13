/**
 * Batches that fail for ever: they stop the topology, or are left out where the user says so; never one that may stand
 * in a state in part.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type ConfigMap, fields, PermanentError, type TopologyDefinition, TyphoonError } from '../../../lib/index.ts'
import { LocalCluster, type RunReport } from '../../../lib/testing/index.ts'
import {
  type Aggregator,
  Count,
  MemoryTransactionalSpout,
  mapState,
  PartitionedFileSpout,
  type StateKind,
  TridentTopology,
} from '../../../lib/trident/index.ts'
import { sharedFolder } from '../../folder.ts'
import { jsonLinesIn } from '../../json-lines.ts'

const folder = sharedFolder()
let runs = 0

type Word = { word: string }
const WORDS = ['a', 'b', 'bad', 'c', 'a']

interface Given {
  readonly config?: ConfigMap
  /** Fails in a function. */
  isPoison?(word: string, attempt: number): boolean
  /** Fails in the write of a commit. */
  refuses?(key: string, attempt: number): boolean
  /** What it fails with there. */
  readonly away?: Error
  readonly directory?: string
  /** Of the state; left open unless given. */
  readonly kind?: StateKind
}

interface Outcome {
  readonly report: RunReport
  readonly counts: Record<string, number>
  readonly letters: any[]
  readonly directory: string
}

/** Counts the words, one in a batch, on a disk that outlives the run. */
async function count({ config = {}, directory, ...faults }: Given, disk = new Map<string, any>()): Promise<Outcome> {
  const place = directory ?? join(folder, String(++runs))
  const file = join(place, 'letters.jsonl')
  const definition = definitionOf(disk, faults, {
    'topology.state.dir': place,
    'topology.dead.letters.file': file,
    'topology.replay.max.attempts': 3,
    'topology.replay.delay.ms': 10,
    ...config,
  })
  const topology = await new LocalCluster({ seed: 1 }).submit(definition)
  const report = await topology.complete(60_000)
  const entries = [...disk]
    .filter(([key]) => !key.startsWith('\u0000'))
    .map(([key, { value, curr }]) => [key, value ?? curr])
  return { report, counts: Object.fromEntries(entries), letters: jsonLinesIn(file), directory: place }
}

function definitionOf(
  disk: Map<string, any>,
  { isPoison, refuses, away, kind }: Given,
  config: ConfigMap,
): TopologyDefinition {
  const tries = new Map<string, number>()
  const attemptAt = (what: string): number => {
    tries.set(what, (tries.get(what) ?? 0) + 1)
    return tries.get(what)!
  }
  const store = mapState<number>({
    label: 'disk',
    survives: true,
    ...(kind === undefined ? {} : { kind }),
    cacheSize: 0,
    create: () => ({
      multiGet: (keys) => keys.map((key) => disk.get(key)),
      multiPut(keys, values) {
        for (const [index, key] of keys.entries()) {
          if (refuses?.(key, attemptAt(`write ${key}`)) === true) throw away ?? new Error('no room')
          disk.set(key, values[index])
        }
      },
    }),
  })
  const topology = new TridentTopology('failing', config)
  topology
    .newStream(
      'words',
      () => new MemoryTransactionalSpout(fields<Word>('word'), 1, [WORDS.map((word) => [word] as const)]),
    )
    .each(['word'], (tuple) => {
      if (isPoison?.(tuple.get('word'), attemptAt(tuple.get('word'))) === true) throw new Error('poison')
      return true
    })
    .groupBy(['word'])
    .persistentAggregate('counts', store as any as ReturnType<typeof mapState<number>>, Count, fields('count'))
  return topology.build()
}

/** How a topology ends of which each batch fails. */
async function ended(config: ConfigMap, build: (topology: TridentTopology, place: string) => void): Promise<RunReport> {
  const place = join(folder, String(++runs))
  mkdirSync(place)
  const topology = new TridentTopology('failing', {
    'topology.state.dir': join(place, 'state'),
    'topology.replay.max.attempts': 2,
    ...config,
  })
  build(topology, place)
  return (await new LocalCluster({ seed: 1 }).submit(topology.build())).complete()
}

test('where the row is known that a batch fails for, the error names it: its values, its file and where in that it begins', async (t) => {
  const { problem } = await ended({}, (topology, place) => {
    const file = join(place, 'words.txt')
    writeFileSync(file, 'a\nb\nbad\u001b[31m\nc\n')
    topology
      .newStream('words', () => new PartitionedFileSpout(file))
      .filter((tuple) => {
        if (tuple.get('line').startsWith('bad')) throw new Error('poison')
        return true
      })
  })
  t.like(problem, { code: 'BATCH_FAILED', where: { batch: 1 } })
  for (const part of [/poison/, /"words"/, /words\.txt', offset: 4/, /line: 'bad\\u001b/])
    t.regex(problem!.message, part)
  t.regex(problem!.hint!, /topology\.trident\.dead\.letters/)
})

test('a batch that no further attempt could help is not tried again', async (t) => {
  const away = new TyphoonError('STATE_LOST', 'it was emptied')
  const { report } = await count({ refuses: isBad, away })
  t.like(report.problem, { code: 'BATCH_FAILED', where: { batch: 3 } })
})

test('one that fails without any of its rows, too, says that it is no matter of rows', async (t) => {
  const { problem } = await ended({ 'topology.trident.dead.letters': true }, (topology) => {
    const broken: Aggregator<Word, Word, null> = {
      init: () => null,
      aggregate: () => {},
      complete() {
        throw new Error('broken')
      },
    }
    const rows = [[['a']]] as [string][][]
    topology
      .newStream('words', () => new MemoryTransactionalSpout(fields<Word>('word'), 1, rows))
      .partitionAggregate(['word'], broken, fields<Word>('word'))
  })
  t.is(problem?.code, 'BATCH_FAILED')
  t.regex(problem!.hint!, /\bno row\b/)
})

for (const [rows, title] of [
  [5, 'a row that fails with a PermanentError is given up at the first attempt where dead letters are allowed'],
  [1, 'so it is at once where its batch is not the next to be committed, however long a batch waits for an attempt'],
] as const)
  test(title, async (t) => {
    const place = join(folder, String(++runs))
    const file = join(place, 'letters.jsonl')
    const tried: Record<string, number> = {}
    const topology = new TridentTopology('hopeless', {
      'topology.state.dir': place,
      'topology.dead.letters.file': file,
      'topology.trident.dead.letters': true,
      'topology.replay.max.attempts': 1000,
      'topology.replay.delay.ms': 600_000,
      'topology.replay.max.delay.ms': 600_000,
    })
    topology
      .newStream(
        'words',
        () => new MemoryTransactionalSpout(fields<Word>('word'), rows, [WORDS.map((word) => [word] as const)]),
      )
      .filter((tuple) => {
        const word = tuple.get('word')
        tried[word] = (tried[word] ?? 0) + 1
        if (word === 'bad') throw new PermanentError('no such word')
        return true
      })
    const report = await (await new LocalCluster({ seed: 1 }).submit(topology.build())).complete(60_000)
    t.is(report.status, 'completed', report.problem?.message)
    t.deepEqual(
      jsonLinesIn(file).map(({ values, lastError }) => [values, lastError]),
      [[{ word: 'bad' }, 'no such word']],
    )
    t.true(tried['bad']! <= 3, `tried ${tried['bad']} times`)
  })

const LEAVE_OUT = { 'topology.trident.dead.letters': true }
const isBad = (word: string): boolean => word === 'bad'

test('a batch that fails once comes again, and is counted once', async (t) => {
  const { report, counts } = await count({ isPoison: (word, attempt) => isBad(word) && attempt === 1 })
  t.is(report.status, 'completed')
  t.deepEqual(counts, { a: 2, b: 1, bad: 1, c: 1 })
})

test('a batch that fails for ever stops the topology, which says why and what to do; what was before it is counted', async (t) => {
  const { report, counts, letters } = await count({ isPoison: isBad })
  t.is(report.status, 'failed')
  t.like(report.problem, { code: 'BATCH_FAILED', where: { batch: 3 } })
  t.regex(report.problem!.message, /poison/)
  t.regex(report.problem!.hint!, /topology\.trident\.dead\.letters/)
  t.deepEqual(counts, { a: 1, b: 1 })
  t.deepEqual(letters, [])
})

test('where the user allows it, the row becomes a dead letter and is left out, and what comes behind it is counted', async (t) => {
  const { report, counts, letters } = await count({ isPoison: isBad, config: LEAVE_OUT })
  t.is(report.status, 'completed')
  t.deepEqual(counts, { a: 2, b: 1, c: 1 })
  t.deepEqual(
    letters.map(({ messageId, values }) => ({ messageId, values })),
    [{ messageId: { txid: 3, partition: '0', index: 0 }, values: { word: 'bad' } }],
  )
})

test('a batch that the topology has stopped for can be left out by the next run', async (t) => {
  const disk = new Map()
  const { directory } = await count({ isPoison: isBad }, disk)
  const { report, counts, letters } = await count({ isPoison: isBad, config: LEAVE_OUT, directory }, disk)
  t.is(report.status, 'completed')
  t.deepEqual(counts, { a: 2, b: 1, c: 1 })
  t.is(letters.length, 1)
})

test('a row that fails while its batch is committed is left out of a state that takes back what it has written', async (t) => {
  const { report, counts, letters } = await count({ refuses: isBad, config: LEAVE_OUT })
  t.is(report.status, 'completed')
  t.deepEqual(counts, { a: 2, b: 1, c: 1 })
  t.is(letters.length, 1)
})

test('but a batch that fails while it is committed is never left out where a state does not', async (t) => {
  const { report, letters } = await count({ refuses: isBad, config: LEAVE_OUT, kind: 'transactional' })
  t.is(report.status, 'failed')
  t.like(report.problem, { code: 'BATCH_FAILED', where: { batch: 3 } })
  t.deepEqual(letters, [])
})

test('a batch that has failed at its commit is not left out either when it fails otherwise after that', async (t) => {
  const { report, letters } = await count({
    refuses: (key, attempt) => isBad(key) && attempt === 1,
    isPoison: (word, attempt) => isBad(word) && attempt > 1,
    config: LEAVE_OUT,
    kind: 'transactional',
  })
  t.is(report.status, 'failed')
  t.regex(report.problem!.hint!, /\bleft out\b/)
  t.deepEqual(letters, [])
})

test('nor by the next run, which goes on with it and counts it once when its cause is mended', async (t) => {
  const kind = 'transactional'
  const disk = new Map()
  const { directory } = await count({ refuses: isBad, config: LEAVE_OUT, kind }, disk)
  const again = await count({ isPoison: isBad, config: LEAVE_OUT, directory, kind }, disk)
  t.is(again.report.status, 'failed')
  t.deepEqual(again.letters, [])
  const mended = await count({ config: LEAVE_OUT, directory, kind }, disk)
  t.is(mended.report.status, 'completed')
  t.deepEqual(mended.counts, { a: 2, b: 1, bad: 1, c: 1 })
})

const fullDisk = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
const awayErrors = {
  'that says so': new TyphoonError('STATE_UNAVAILABLE', 'the database is being moved'),
  'whose disk is full': fullDisk,
  'whose server cannot be reached': new TypeError('fetch failed', {
    cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  }),
}

for (const [title, away] of Object.entries(awayErrors)) {
  test(`a store that is away is waited for, however often it is tried, and no batch loses an attempt: one ${title}`, async (t) => {
    const { report, counts, letters } = await count({
      refuses: (key, attempt) => isBad(key) && attempt <= 12,
      away,
      config: { ...LEAVE_OUT, 'topology.replay.delay.ms': 100 },
    })
    t.is(report.status, 'completed')
    t.deepEqual(counts, { a: 2, b: 1, bad: 1, c: 1 })
    t.deepEqual(letters, [])
  })
}

test('a store that is away for longer than the limit stops the topology, which goes on with the batch when it is back', async (t) => {
  const disk = new Map()
  const config = { 'topology.state.unavailable.limit.secs': 20 }
  const { report, directory } = await count({ refuses: isBad, away: fullDisk, config }, disk)
  t.is(report.status, 'failed')
  t.like(report.problem, { code: 'BATCH_FAILED', where: { batch: 3 } })
  t.regex(report.problem!.hint!, /topology\.state\.unavailable\.limit\.secs/)
  const back = await count({ directory }, disk)
  t.is(back.report.status, 'completed')
  t.deepEqual(back.counts, { a: 2, b: 1, bad: 1, c: 1 })
})
