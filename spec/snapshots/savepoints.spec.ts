import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import test, { type ExecutionContext } from 'ava'
import { manifestOf } from '../../lib/snapshots/manifest.ts'
import { PartWriter } from '../../lib/snapshots/part-writer.ts'
import { createSavepoint, restoreSavepoint } from '../../lib/snapshots/savepoints/savepoints.ts'
import { partPath, SnapshotDirectory } from '../../lib/snapshots/snapshot-directory.ts'
import { folderOf } from '../folder.ts'

/** A topology with one snapshot, the last one of a run, and a savepoint of it. */
async function saved(t: ExecutionContext) {
  const kept = { root: folderOf(t), topology: 'words' }
  const path = join(kept.root, kept.topology, 'snapshots')
  const store = new SnapshotDirectory(path, { sync: 'none' })
  const part = new PartWriter(await store.create('1.a'), () => undefined)
  const counts = await part.section([[0, 'a', 1]])
  await part.finish()
  const head = { topology: 'words', hash: 'h', shape: { keyGroups: 128, components: {} }, snapshot: 1, at: 0 }
  const tasks = [{ component: 'count', index: 0, states: { counts: [counts] } }]
  const inFlight = { ...counts, length: 0, records: 0 }
  const one = { tasks, inFlight, isUntouched: false, isAtRest: true }
  await store.complete(manifestOf({ ...head, ended: true, last: true }, [one]))
  await createSavepoint(kept, 'one')
  return { kept, path, store, file: partPath(path, '1.a') }
}

/** Looks for a file all the time, from another thread; then says how often it was not there. */
async function watched(file: string, during: () => Promise<void>): Promise<number> {
  const flags = new Int32Array(new SharedArrayBuffer(12))
  const code = `
    const { existsSync } = require('node:fs')
    const { flags, file } = require('node:worker_threads').workerData
    Atomics.store(flags, 0, 1)
    Atomics.notify(flags, 0)
    while (Atomics.load(flags, 1) === 0) if (!existsSync(file)) Atomics.add(flags, 2, 1)
  `
  const thread = new Worker(code, { eval: true, workerData: { flags, file } })
  Atomics.wait(flags, 0, 0)
  await during()
  Atomics.store(flags, 1, 1)
  await new Promise((resolve) => thread.once('exit', resolve))
  return flags[2]!
}

test('while a savepoint is restored no file that the snapshots have is missing, whenever it is looked for', async (t) => {
  const { kept, path, file } = await saved(t)
  const missing = await watched(file, async () => {
    for (let run = 0; run < 50; run++) await restoreSavepoint(kept, 'one', `run-${run}`)
  })
  t.is(missing, 0)
  t.deepEqual(readdirSync(path).sort(), ['1.a.part', '51.manifest'])
})

test('a file that was damaged is another one when a savepoint is restored, and the savepoint is as it was', async (t) => {
  const { kept, file } = await saved(t)
  const sound = readFileSync(file)
  const elsewhere = `${file}.damaged`
  writeFileSync(elsewhere, 'x')
  renameSync(elsewhere, file)
  await restoreSavepoint(kept, 'one', 'run')
  t.deepEqual(readFileSync(file), sound)
})

test('a run that goes on from a savepoint does not take what stands outside for that of others', async (t) => {
  const { kept, store } = await saved(t)
  t.true((await store.manifest(1)).last)
  await restoreSavepoint(kept, 'one', 'run')
  const { ended, last } = await store.manifest(2)
  t.deepEqual([ended, last], [true, false])
})
