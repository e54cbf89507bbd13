import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { checkSnapshot } from '../../lib/snapshots/check-snapshot.ts'
import { type Manifest, manifestOf, type Segment, type WorkerPart } from '../../lib/snapshots/manifest.ts'
import { PartWriter } from '../../lib/snapshots/part-writer.ts'
import { readSegment } from '../../lib/snapshots/read-segment.ts'
import { SnapshotDirectory } from '../../lib/snapshots/snapshot-directory.ts'
import { folderOf } from '../folder.ts'

function newDirectory(t: ExecutionContext): { path: string; store: SnapshotDirectory } {
  const path = folderOf(t)
  return { path, store: new SnapshotDirectory(path, { sync: 'none' }) }
}

async function write(
  store: SnapshotDirectory,
  name: string,
  sections: readonly (readonly unknown[])[][],
): Promise<Segment[]> {
  const part = new PartWriter(await store.create(name), () => undefined)
  const segments: Segment[] = []
  for (const records of sections) segments.push(await part.section(records))
  await part.finish()
  return segments
}

/** A snapshot of one worker with one task. */
function snapshotOf(snapshot: number, ...chain: readonly Segment[]): Manifest {
  const inFlight = { ...chain[0]!, length: 0, records: 0 }
  const part: WorkerPart = {
    tasks: [{ component: 'count', index: 0, states: { counts: chain } }],
    inFlight,
    isUntouched: false,
    isAtRest: true,
  }
  return manifestOf(
    {
      topology: 'words',
      hash: 'h',
      shape: { keyGroups: 128, components: {} },
      snapshot,
      at: 0,
      ended: false,
      last: false,
    },
    [part],
  )
}

test('sections are read as they were written, whatever they hold', async (t) => {
  const { store } = newDirectory(t)
  const value = fc.oneof(
    fc.string(),
    fc.double({ noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
  )
  let name = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.array(value, { maxLength: 4 }), { maxLength: 20 }), { maxLength: 4 }),
      async (sections) => {
        const segments = await write(store, `${name++}`, sections)
        for (const [index, segment] of segments.entries())
          t.deepEqual([...(await readSegment(store, segment))], sections[index])
      },
    ),
    { numRuns: 50 },
  )
})

test('a section that is larger than a block is read whole, and any range of it that was changed is found', async (t) => {
  const { path, store } = newDirectory(t)
  const records = Array.from({ length: 20_000 }, (_, index) => [`key ${index}`, index])
  const [segment] = await write(store, 'part', [records])
  t.deepEqual([...(await readSegment(store, segment!))], records)
  const file = join(path, 'part.part')
  const sound = readFileSync(file)
  for (let at = 0; at < sound.length; at += 4999) {
    const damaged = Buffer.from(sound)
    damaged[at]! ^= 0x10
    writeFileSync(file, damaged)
    await t.throwsAsync(readSegment(store, segment!), { code: 'STATE_CORRUPT' } as never, `byte ${at}`)
  }
  writeFileSync(file, sound.subarray(0, -1))
  await t.throwsAsync(readSegment(store, segment!), { code: 'STATE_CORRUPT' } as never)
})

test('a section is read and checked in pieces, and a record that is larger than one by itself', async (t) => {
  const { path, store } = newDirectory(t)
  const large = 'x'.repeat(20 * 1024 * 1024)
  const records = [
    ...Array.from({ length: 300 }, (_, index) => [index, large.slice(0, 100_000)]),
    [300, large],
    [301, ''],
  ]
  const [segment] = await write(store, 'part', [records])
  const read: number[] = []
  class Watched extends SnapshotDirectory {
    override read(name: string, offset: number, length: number): Promise<Buffer> {
      read.push(length)
      return super.read(name, offset, length)
    }
  }
  const watched = new Watched(path, { sync: 'none' })
  let at = 0
  for (const record of await readSegment(watched, segment!)) t.deepEqual(record, records[at++])
  t.is(at, records.length)
  t.true(Math.max(...read) < large.length + 1000, String(read))
  await t.throwsAsync(readSegment(store, { ...segment!, records: 301 }), { code: 'STATE_CORRUPT' } as never)
  const damaged = readFileSync(join(path, 'part.part'))
  damaged[damaged.length - 100]! ^= 0x10
  writeFileSync(join(path, 'part.part'), damaged)
  await t.throwsAsync(checkSnapshot(store, snapshotOf(1, segment!)), { code: 'STATE_CORRUPT' } as never)
})

test('snapshots are listed from the newest on, and what none names any more is removed', async (t) => {
  const { path, store } = newDirectory(t)
  const segments: Segment[] = []
  for (let snapshot = 1; snapshot <= 3; snapshot++)
    segments.push(...(await write(store, `${snapshot}`, [[['a', snapshot]]])))
  await store.complete(snapshotOf(1, segments[0]!))
  await store.complete(snapshotOf(2, segments[1]!))
  await store.complete(snapshotOf(3, segments[1]!, segments[2]!))
  t.deepEqual(await store.list(), [3, 2, 1])
  await write(store, '4', [[['a', 4]]])
  await store.retain([await store.manifest(3), await store.manifest(2)])
  t.deepEqual(await store.list(), [3, 2])
  t.deepEqual(readdirSync(path).sort(), ['2.manifest', '2.part', '3.manifest', '3.part', '4.part'])
  await checkSnapshot(store, await store.manifest(3))
})

test('a manifest that was damaged, or is of another format, is refused', async (t) => {
  const { path, store } = newDirectory(t)
  const [segment] = await write(store, '1', [[['a', 1]]])
  await store.complete(snapshotOf(1, segment!))
  const file = join(path, '1.manifest')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('words', 'wards'))
  await t.throwsAsync(store.manifest(1), { code: 'STATE_CORRUPT' } as never)
  await store.complete({ ...snapshotOf(1, segment!), format: 99 })
  await t.throwsAsync(store.manifest(1), { code: 'STATE_FORMAT' } as never)
})

test('a file that is gone is damage, and one that cannot be made is an outage', async (t) => {
  const { path, store } = newDirectory(t)
  const [segment] = await write(store, '1', [[['a', 1]]])
  rmSync(join(path, '1.part'))
  await t.throwsAsync(store.complete(snapshotOf(1, segment!)), { code: 'STATE_CORRUPT' } as never)
  await t.throwsAsync(checkSnapshot(store, snapshotOf(1, segment!)), { code: 'STATE_CORRUPT' } as never)
  const blocked = new SnapshotDirectory(join(path, 'file', 'below'), { sync: 'none' })
  writeFileSync(join(path, 'file'), '')
  await t.throwsAsync(blocked.create('1'), { code: 'STATE_UNAVAILABLE' } as never)
})
