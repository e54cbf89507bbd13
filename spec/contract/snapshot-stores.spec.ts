/** What every place where snapshots live promises to the runs that share it. */
import test, { type ExecutionContext } from 'ava'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { type Manifest, manifestOf, type WorkerPart } from '../../lib/snapshots/manifest.ts'
import { SnapshotDirectory } from '../../lib/snapshots/snapshot-directory.ts'
import type { SnapshotStore } from '../../lib/snapshots/snapshot-store.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { folderOf } from '../folder.ts'

const STORES: Readonly<Record<string, (t: ExecutionContext) => SnapshotStore>> = {
  'in memory': () => new MemorySnapshots(),
  'in a directory': (t) => new SnapshotDirectory(folderOf(t), { sync: 'none' }),
}

/** What a snapshot is of one byte in each of some files, of which it writes its own. */
async function take(store: SnapshotStore, snapshot: number, ...before: readonly string[]): Promise<Manifest> {
  const own = `${snapshot}.run.1`
  const file = await store.create(own)
  await file.append(Buffer.from([snapshot]))
  await file.finish()
  const chain = [...before, own].map((name) => ({ file: name, offset: 0, length: 1, records: 1 }))
  const part: WorkerPart = {
    tasks: [{ component: 'count', index: 0, states: { counts: chain } }],
    inFlight: { file: own, offset: 0, length: 0, records: 0 },
    isUntouched: false,
    isAtRest: true,
  }
  const shape = { keyGroups: 128, components: {} }
  const head = { topology: 'words', hash: 'h', shape, snapshot, at: 0, ended: false, last: false }
  const manifest = manifestOf(head, [part])
  await store.complete(manifest)
  return manifest
}

for (const [where, make] of Object.entries(STORES)) {
  test(`snapshots ${where}: those that are kept stay, with their files, and older ones go with theirs`, async (t) => {
    const store = make(t)
    await take(store, 1)
    const second = await take(store, 2)
    const third = await take(store, 3, '2.run.1')
    await store.retain([third, second])
    t.deepEqual(await store.list(), [3, 2])
    t.deepEqual([...(await store.read('2.run.1', 0, 1))], [2])
    await t.throwsAsync(store.read('1.run.1', 0, 1), { code: 'STATE_CORRUPT' })
  })

  test(`snapshots ${where}: what is kept for one that is no longer the newest takes nothing from later ones`, async (t) => {
    const store = make(t)
    const first = await take(store, 1)
    const second = await take(store, 2)
    await take(store, 3, '2.run.1')
    await take(store, 4, '2.run.1', '3.run.1')
    await store.create('5.run.1')
    await store.retain([second, first])
    t.deepEqual(await store.list(), [4, 3, 2, 1])
    for (const snapshot of [1, 2, 3, 4]) t.deepEqual([...(await store.read(`${snapshot}.run.1`, 0, 1))], [snapshot])
  })

  test(`snapshots ${where}: where none is kept everything goes`, async (t) => {
    const store = make(t)
    await take(store, 1)
    await take(store, 2, '1.run.1')
    await store.retain([])
    t.deepEqual(await store.list(), [])
    await t.throwsAsync(store.read('1.run.1', 0, 1), { code: 'STATE_CORRUPT' })
  })

  test(`snapshots ${where}: none is there without its files`, async (t) => {
    const store = make(t)
    await t.throwsAsync(take(store, 2, '1.run.1'), { code: 'STATE_CORRUPT' })
    t.deepEqual(await store.list(), [])
  })
}

test('a run whose lease was taken completes no snapshot, and removes none', async (t) => {
  const path = folderOf(t)
  let isTaken = false
  const hold = (action: () => void): void => {
    if (isTaken) throw new TyphoonError('STATE_IN_USE', 'another run has it')
    action()
  }
  const old = new SnapshotDirectory(path, { sync: 'none', hold })
  await take(old, 1)
  const second = await take(old, 2)
  isTaken = true
  await t.throwsAsync(take(old, 3), { code: 'STATE_IN_USE' })
  await old.retain([second])
  t.deepEqual(await old.list(), [2, 1])
})

test('two runs write a manifest of one number, and the one that may completes it', async (t) => {
  const path = folderOf(t)
  const next = new SnapshotDirectory(path, { sync: 'none' })
  const refuse = (): void => {
    throw new TyphoonError('STATE_IN_USE', 'another run has it')
  }
  const old = new SnapshotDirectory(path, { sync: 'none', hold: refuse })
  const first = await take(next, 1)
  const wanted = { ...first, snapshot: 2 }
  const results = await Promise.allSettled([old.complete({ ...wanted, at: 1 }), next.complete(wanted)])
  t.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
  t.deepEqual(await next.manifest(2), wanted)
})
