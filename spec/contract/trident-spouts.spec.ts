/**
 * The contract of Trident's partitioned spouts: whatever fails, is killed, or cut short, each row of the source is in
 * exactly one batch that is committed, in its order; a transactional replay has the same rows.
 */
import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { fields } from '../../lib/index.ts'
import { DirectorySpout } from '../../lib/trident/spout/directory-spout.ts'
import { FixedBatchSpout } from '../../lib/trident/spout/fixed-batch-spout.ts'
import { generatedBatches } from '../../lib/trident/spout/generated-batches.ts'
import { MemoryTransactionalSpout, OpaqueMemoryTransactionalSpout } from '../../lib/trident/spout/memory-spouts.ts'
import { PartitionedFileSpout } from '../../lib/trident/spout/partitioned-file-spout.ts'
import { Prng } from '../../lib/util/prng.ts'
import { folderOf } from '../folder.ts'
import { type PartitionedSpout, Runtime } from '../trident/spout/runtime.ts'
import { volume } from '../volume.ts'

/** A spout and what it is to emit: the rows of each group of partitions, those of one group after each other. */
interface Source {
  readonly spout: PartitionedSpout
  readonly expected: ReadonlyMap<string, readonly (readonly unknown[])[]>
  groupOf(partition: string): string
  /** More comes while it runs, without end. */
  readonly growth?: { more(): void; last(): void }
}

type MakeSource = (random: Prng, folder: string) => Source

const PIECES = ['a', 'the cow jumped over the moon', 'é', '漢字', '🌩', ' ', '']

const lineOf = (random: Prng): string =>
  Array.from({ length: random.below(random.below(12) === 0 ? 90 : 8) }, () => PIECES[random.below(PIECES.length)]).join(
    '',
  )

const linesOf = (random: Prng, most: number): string[] =>
  Array.from({ length: random.below(most) }, () => lineOf(random))

function textOf(random: Prng, lines: readonly string[], isEnded: boolean): string {
  const text = lines.map((line) => line + (random.below(5) === 0 ? '\r\n' : '\n')).join('')
  // An empty last line without a line break is no line.
  return isEnded || lines.at(-1) === '' ? text : text.replace(/\r?\n$/, '')
}

/** Some files with their lines. */
function writeFiles(random: Prng, folder: string, isEnded = false): Map<string, string[]> {
  const files = new Map<string, string[]>()
  for (let i = 1 + random.below(4); i > 0; i--) files.set(`${i}.txt`, linesOf(random, 600))
  for (const [name, lines] of files)
    writeFileSync(join(folder, name), textOf(random, lines, isEnded || random.below(2) === 0))
  return files
}

const rowsOf = (lines: readonly string[]): (readonly unknown[])[] => lines.map((line) => [line])

const files =
  (splitBytes: (random: Prng) => number): MakeSource =>
  (random, folder) => ({
    spout: new PartitionedFileSpout(folder, { splitBytes: splitBytes(random) }),
    expected: new Map([...writeFiles(random, folder)].map(([name, lines]) => [join(folder, name), rowsOf(lines)])),
    groupOf: (partition) => partition.slice(0, partition.lastIndexOf('@')),
  })

const folderThatStops: MakeSource = (random, folder) => ({
  expected: new Map([...writeFiles(random, folder)].map(([name, lines]) => [name, rowsOf(lines)])),
  spout: new DirectorySpout(folder, { stopAtEnd: true }),
  groupOf: (partition) => partition,
})

/** Bytes come at random, so lines and characters come by halves. */
const folderThatGrows: MakeSource = (random, folder) => {
  const expected = new Map([...writeFiles(random, folder, true)].map(([name, lines]) => [name, rowsOf(lines)]))
  const coming = [...expected].map(([name, rows]) => ({ name, rows, bytes: Buffer.alloc(0) }))
  const spout = new DirectorySpout(folder, { pollMillis: 50 })
  return {
    spout,
    expected,
    groupOf: (partition) => partition,
    growth: {
      more() {
        const file = coming[random.below(coming.length)]!
        if (random.below(8) === 0 && coming.length < 8) {
          const rows: (readonly unknown[])[] = []
          coming.push({ name: `new-${coming.length}`, rows, bytes: Buffer.alloc(0) })
          expected.set(coming.at(-1)!.name, rows)
        }
        const lines = linesOf(random, 20)
        file.rows.push(...rowsOf(lines))
        const bytes = Buffer.concat([file.bytes, Buffer.from(textOf(random, lines, true))])
        const cut = random.below(bytes.length + 1)
        appendFileSync(join(folder, file.name), bytes.subarray(0, cut))
        file.bytes = bytes.subarray(cut)
      },
      last: () => {
        for (const { name, bytes } of coming) appendFileSync(join(folder, name), bytes)
      },
    },
  }
}

const numbered = fields<{ n: number; text: string }>('n', 'text')

function memoryRows(random: Prng): [number, string][][] {
  return Array.from({ length: 1 + random.below(4) }, (_, partition) =>
    Array.from({ length: random.below(200) }, (_, n): [number, string] => [n, `${partition}`]),
  )
}

const memory =
  (Spout: typeof MemoryTransactionalSpout | typeof OpaqueMemoryTransactionalSpout): MakeSource =>
  (random) => {
    const rows = memoryRows(random)
    return {
      spout: new Spout(numbered, 1 + random.below(9), rows),
      expected: new Map(rows.map((list, index) => [String(index), list])),
      groupOf: (partition) => partition,
    }
  }

const fixed: MakeSource = (random) => {
  const rows = memoryRows(random).flat()
  return {
    spout: new FixedBatchSpout(numbered, 1 + random.below(20), ...rows),
    expected: new Map([['rows', rows]]),
    groupOf: (partition) => partition,
  }
}

const generated: MakeSource = (random) => {
  const [seed, total, partitions] = [random.int32(), random.below(3000), 1 + random.below(5)]
  const spout = (count: number) =>
    generatedBatches(
      { fields: numbered, seed, total, partitions: count, ...(count > 1 ? { rowsPerSecond: 5000 } : {}) },
      (row, index) => [index, String(row.int32() + row.below(7) + row.next())],
    )
  const all: (readonly unknown[])[] = []
  const emit = (values: readonly unknown[]): void => void all.push(values)
  const collector = { emit, reportError: assert.fail, hasRoom: true }
  const emitter = spout(1).getEmitter({} as never) as any
  emitter.emitPartitionBatchNew({ txid: 1, attempt: 0 }, collector, '0', undefined)
  return {
    spout: spout(partitions),
    expected: new Map(
      Array.from({ length: partitions }, (_, p) => [String(p), all.filter((_, index) => index % partitions === p)]),
    ),
    groupOf: (partition) => partition,
  }
}

const SOURCES: Readonly<Record<string, MakeSource>> = {
  'PartitionedFileSpout, a partition for each file': files(() => Number.POSITIVE_INFINITY),
  'PartitionedFileSpout, with files in ranges': files((random) => 1 + random.below(20_000)),
  'PartitionedFileSpout, with ranges that are shorter than a line': files((random) => 400 + random.below(100)),
  'DirectorySpout that stops at the end': folderThatStops,
  'DirectorySpout while its folder grows': folderThatGrows,
  MemoryTransactionalSpout: memory(MemoryTransactionalSpout),
  OpaqueMemoryTransactionalSpout: memory(OpaqueMemoryTransactionalSpout),
  FixedBatchSpout: fixed,
  generatedBatches: generated,
}

/** The committed rows by group; those of several partitions in the order in which these are listed. */
function committedBy(runtime: Runtime, groupOf: Source['groupOf']): Map<string, (readonly unknown[])[]> {
  const groups = new Map<string, (readonly unknown[])[]>()
  for (const partition of runtime.partitions) {
    const rows = groups.get(groupOf(partition)) ?? []
    groups.set(groupOf(partition), rows)
    for (const row of runtime.committed.get(partition) ?? []) rows.push(row)
  }
  return groups
}

async function play(make: MakeSource, seed: number, folder: string): Promise<number> {
  mkdirSync(folder)
  const random = new Prng(seed)
  const source = make(random, folder)
  const runtime = new Runtime(source.spout, random.int32(), 1 + random.below(3))
  for (let steps = 150; steps > 0; steps--) {
    if (random.below(3) === 0) source.growth?.more()
    await runtime.step()
  }
  source.growth?.last()
  if (source.growth === undefined) await runtime.finish()
  else await runtime.idle()
  assert.deepEqual(committedBy(runtime, source.groupOf), new Map(source.expected))
  assert.deepEqual(runtime.errors, [])
  rmSync(folder, { recursive: true })
  return runtime.replays
}

for (const [name, make] of Object.entries(SOURCES)) {
  test(`${name}: each row is in exactly one batch that is committed, whatever fails`, async (t) => {
    const folder = folderOf(t)
    let run = 0
    let replays = 0
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        try {
          replays += await play(make, seed, join(folder, String(run++)))
        } catch (error) {
          t.log(`seed ${seed}: ${(error as Error).stack}`)
          throw error
        }
      }),
      { numRuns: volume(10, 30), endOnFailure: true },
    )
    t.true(replays > volume(30, 100), `${replays} replays`)
  })
}
