/** Changes of partitions: which partition of the next operations gets which tuple. */
import test, { type ExecutionContext } from 'ava'
import type { CustomStreamGrouping, TaskContext, TaskId } from '../../../lib/index.ts'
import { Count, type Stream } from '../../../lib/trident/index.ts'
import { COUNT, commit, fed, noting, run, type Seen, start, topologyFor, WORD } from './kit.ts'

type Word = { word: string }
const WORDS = Array.from({ length: 60 }, (_, n): [string] => [`w${n % 20}`])

/** Where each tuple of each batch has come to, of four partitions. */
async function placesOf(
  t: ExecutionContext,
  batches: readonly (readonly [string][])[],
  repartition: (stream: Stream<Word>) => Stream<Word>,
): Promise<{ word: unknown; partition: number }[][]> {
  const found = await run(t, WORD, batches, (stream) =>
    repartition(stream)
      .filter(() => true)
      .parallelismHint(4),
  )
  return found.map((seen) => seen.map(({ values: [word], partition }) => ({ word, partition })))
}

function sizes(places: readonly { partition: number }[]): number[] {
  const counts = [0, 0, 0, 0]
  for (const { partition } of places) counts[partition]!++
  return counts
}

test('shuffle deals the tuples out evenly, each to one partition', async (t) => {
  const [places] = await placesOf(t, [WORDS], (stream) => stream.shuffle())
  t.deepEqual(sizes(places!), [15, 15, 15, 15])
})

test('partitionBy sends the same values to the same partition, in every batch', async (t) => {
  const [first, second] = await placesOf(t, [WORDS, WORDS], (stream) => stream.partitionBy(['word']))
  const byWord = new Map(first!.map(({ word, partition }) => [word, partition]))
  t.is(first!.length, 60)
  t.true([...first!, ...second!].every(({ word, partition }) => byWord.get(word) === partition))
  t.true(new Set(byWord.values()).size > 1)
})

test('broadcast sends every tuple to every partition', async (t) => {
  const [places] = await placesOf(t, [WORDS], (stream) => stream.broadcast())
  t.deepEqual(sizes(places!), [60, 60, 60, 60])
})

test('global sends everything to the first partition', async (t) => {
  const [first, second] = await placesOf(t, [WORDS, WORDS], (stream) => stream.global())
  t.deepEqual(sizes(first!), [60, 0, 0, 0])
  t.deepEqual(sizes(second!), [60, 0, 0, 0])
})

test('batchGlobal sends a batch to one partition, and not all batches to the same', async (t) => {
  const batches = Array.from({ length: 8 }, () => WORDS)
  const found = await placesOf(t, batches, (stream) => stream.batchGlobal())
  const chosen = found.map((places) => {
    t.is(places.length, 60)
    return [...new Set(places.map(({ partition }) => partition))]
  })
  t.true(chosen.every((partitions) => partitions.length === 1))
  t.true(new Set(chosen.flat()).size > 1)
})

test('identityPartition sends each tuple to the partition of the same number', async (t) => {
  const topology = topologyFor(t)
  const { feeder, stream } = fed(topology, WORD)
  const before: Seen[] = []
  const behind: Seen[] = []
  stream
    .partitionBy(['word'])
    .peek(noting(before))
    .parallelismHint(4)
    .identityPartition()
    .peek(noting(behind))
    .parallelismHint(4)
  const running = await start(t, topology)
  await commit(running, feeder, WORDS)
  const places = (seen: readonly Seen[]) =>
    seen.map(({ values: [word], partition }) => `${word} in ${partition}`).sort()
  t.deepEqual(places(behind), places(before))
  t.is(behind.length, 60)
})

/** The worker of a partition. */
function workers(seen: Map<number, number>): {
  prepare(context: { partitionIndex: number; task: TaskContext }): () => void
} {
  return {
    prepare: ({ partitionIndex, task }) => {
      seen.set(partitionIndex, task.worker)
      return () => {}
    },
  }
}

test('localOrShuffle keeps tuples in their worker where that has partitions', async (t) => {
  const topology = topologyFor(t)
  const { feeder, stream } = fed(topology, WORD)
  const from = new Map<number, number>()
  const to = new Map<number, number>()
  const seen: Seen[] = []
  stream.peek(workers(from)).localOrShuffle().peek(workers(to)).peek(noting(seen)).parallelismHint(4)
  const running = await start(t, topology)
  await commit(running, feeder, WORDS)
  t.is(seen.length, 60)
  t.true(seen.every(({ partition }) => to.get(partition) === from.get(0)))
  t.is(new Set(seen.map(({ partition }) => partition)).size, 2)
})

/** To the partition with the number at the end of the word, and to the one behind it. */
class ByNumber implements CustomStreamGrouping {
  #targets: readonly TaskId[] = []

  prepare({ targets, fields }: { targets: readonly TaskId[]; fields: readonly string[] }): void {
    if (fields.join() !== 'word') throw new Error(`wrong fields: ${fields}`)
    this.#targets = targets
  }

  chooseTasks(_: TaskId, [word]: readonly unknown[]): TaskId[] {
    const number = Number(String(word).slice(1)) % 4
    return [this.#targets[number]!, this.#targets[(number + 1) % 4]!]
  }
}

test('a grouping of your own chooses partitions by the tasks that it is given, any number of them', async (t) => {
  const [places] = await placesOf(t, [[['w0'], ['w2'], ['w3']]], (stream) => stream.partition(() => new ByNumber()))
  t.deepEqual(places!.map(({ word, partition }) => `${word} in ${partition}`).sort(), [
    'w0 in 0',
    'w0 in 1',
    'w2 in 2',
    'w2 in 3',
    'w3 in 0',
    'w3 in 3',
  ])
})

test('a change of partitions right behind another one counts alone', async (t) => {
  const [places] = await placesOf(t, [WORDS], (stream) => stream.broadcast().global())
  t.deepEqual(sizes(places!), [60, 0, 0, 0])
})

test('groups are whole wherever the stream was before', async (t) => {
  const seen = await run(t, WORD, [WORDS], (stream) =>
    stream
      .shuffle()
      .filter(() => true)
      .parallelismHint(4)
      .groupBy(['word'])
      .aggregate(Count, COUNT)
      .parallelismHint(3),
  )
  t.true(seen[0]!.every(({ values: [, count] }) => count === 3))
  t.is(seen[0]!.length, 20)
})
