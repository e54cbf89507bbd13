/** What spouts with partitions emit into a batch, and into its replay. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import { openStore } from '../../../lib/store/store.ts'
import { checkPartitions } from '../../../lib/trident/batch/coordinator/partition-lists.ts'
import { Metadata } from '../../../lib/trident/batch/metadata/metadata.ts'
import { PartitionedSource } from '../../../lib/trident/batch/source/sources.ts'
import { MemoryTransactionalSpout, OpaqueMemoryTransactionalSpout } from '../../../lib/trident/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'typhoon-sources-'))
let stores = 0
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

/** A task of a spout of three partitions, of which the emitted rows are seen. */
class Task {
  readonly source: PartitionedSource
  readonly #metadata: Metadata
  readonly #index: number

  constructor(metadata: Metadata, kind: 'transactional' | 'opaque', index = 0, tasks = 1) {
    const rows = ['a', 'b', 'c'].map((name) => Array.from({ length: 9 }, (_, row) => [`${name}${row}`]))
    const Spout = kind === 'opaque' ? OpaqueMemoryTransactionalSpout : MemoryTransactionalSpout
    const emitter = new Spout(fields('row'), 2, rows).getEmitter()
    this.#metadata = metadata
    this.#index = index
    this.source = new PartitionedSource({
      emitter,
      replays: kind === 'transactional',
      taskIndex: index,
      tasks,
      memory: metadata.memoryOf('s', index),
    })
  }

  /** Emits a batch whole and has it recorded. @param room how many rows a call may emit */
  async emit(txid: number, attempt = 1, room = Number.POSITIVE_INFINITY): Promise<string[]> {
    const { source } = this
    const emitted: string[] = []
    let end = 0
    const collector = {
      emit: ([row]: readonly unknown[]) => void emitted.push(String(row)),
      giveUp: () => {},
      reportError: () => {},
      get hasRoom() {
        return emitted.length < end
      },
    }
    source.begin({ txid, attempt }, 1, true)
    do end = emitted.length + room
    while (await source.step({ txid, attempt }, collector))
    this.#metadata.record(txid, 's', this.#index, { rows: emitted.length, ...source.emission() })
    return emitted
  }
}

function metadataOf(partitions: readonly string[] = ['0', '1', '2']): Metadata {
  const metadata = new Metadata(openStore(join(folder, String(++stores)), { sync: 'none' }), 'group')
  metadata.setPartitions('s', partitions)
  return metadata
}

test('a transactional spout replays a batch as it was, and goes on behind it', async (t) => {
  const task = new Task(metadataOf(), 'transactional')
  const [first, second] = [await task.emit(1), await task.emit(2)]
  t.deepEqual(first, ['a0', 'a1', 'b0', 'b1', 'c0', 'c1'])
  t.deepEqual(await task.emit(1, 2), first)
  t.deepEqual(await task.emit(2, 2), second)
  t.deepEqual(await task.emit(3), ['a4', 'a5', 'b4', 'b5', 'c4', 'c5'])
})

test('a transactional spout replays a batch whole, though there is room for none of it', async (t) => {
  const metadata = metadataOf()
  const first = await new Task(metadata, 'transactional').emit(1)
  const task = new Task(metadata, 'transactional')
  t.deepEqual(await task.emit(1, 2, 0), first)
  t.true(task.source.isReplay)
})

test('another task that has taken its part of a batch does not keep one from taking its own', async (t) => {
  const metadata = metadataOf()
  const [one, other] = [0, 1].map((index) => new Task(metadata, 'transactional', index, 2))
  const both = [...(await one!.emit(1)), ...(await other!.emit(1))]
  t.deepEqual(both.sort(), ['a0', 'a1', 'b0', 'b1', 'c0', 'c1'])
})

test('an opaque spout replays a batch with other rows, and no row is passed over or comes again behind it', async (t) => {
  const task = new Task(metadataOf(), 'opaque')
  const first = await task.emit(1, 1)
  await task.emit(2, 1)
  const replayed = await task.emit(1, 2)
  t.notDeepEqual(replayed, first)
  const all = [replayed]
  for (let txid = 2; txid < 9; txid++) all.push(await task.emit(txid, 2))
  t.deepEqual(
    all.flat().sort(),
    ['a', 'b', 'c'].flatMap((name) => Array.from({ length: 9 }, (_, row) => `${name}${row}`)),
  )
})

test('a task that is started anew goes on where the records say', async (t) => {
  for (const kind of ['transactional', 'opaque'] as const) {
    const metadata = metadataOf()
    const before = new Task(metadata, kind)
    const taken = [...(await before.emit(1)), ...(await before.emit(2))]
    metadata.succeed(1)
    const next = await new Task(metadata, kind).emit(3)
    t.deepEqual(
      next.filter((row) => taken.includes(row)),
      [],
    )
    t.true(next.length > 0)
  }
})

test('a partition that appears is read from the next list on', async (t) => {
  const metadata = metadataOf(['0'])
  const task = new Task(metadata, 'transactional')
  t.deepEqual(await task.emit(1), ['a0', 'a1'])
  metadata.setPartitions('s', ['0', '2'])
  const later = new Task(metadata, 'transactional')
  t.deepEqual(await later.emit(2), ['a2', 'a3', 'c0', 'c1'])
})

test('a partition that has vanished is said by its name', (t) => {
  t.notThrows(() => checkPartitions('s', ['a'], ['b', 'a']))
  const error = t.throws(() => checkPartitions('s', ['a', 'b', 'c'], ['b']))
  t.is((error as { code?: string }).code, 'PARTITION_GONE')
})
