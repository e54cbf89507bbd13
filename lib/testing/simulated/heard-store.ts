/**
 * A store of snapshots as one simulated process has it. The store works on by itself, as a disk does; the process hears
 * of that while it runs: later where it stands still meanwhile, and never where it has died. Without this a worker that
 * was killed would go on with what it had been reading.
 */
import type { NewFile, SnapshotStore } from '../../snapshots/snapshot-store.ts'
import type { ProcessClock } from './process-clock.ts'

/** Undefined where there is none. */
export function heardStore(store: SnapshotStore | undefined, process: ProcessClock): SnapshotStore | undefined {
  if (store === undefined) return undefined
  return {
    create: async (name) => heardFile(await process.hears(store.create(name)), process),
    read: (name, offset, length) => process.hears(store.read(name, offset, length)),
    list: () => process.hears(store.list()),
    manifest: (snapshot) => process.hears(store.manifest(snapshot)),
    complete: (manifest) => process.hears(store.complete(manifest)),
    retain: (manifests) => process.hears(store.retain(manifests)),
  }
}

function heardFile(file: NewFile, process: ProcessClock): NewFile {
  return {
    name: file.name,
    get size() {
      return file.size
    },
    append: (bytes) => process.hears(file.append(bytes)),
    finish: () => process.hears(file.finish()),
    abandon: () => process.hears(file.abandon()),
  }
}
