/** The steps of a snapshot, of its commit and of the way back to it, at which `kills.ts` kills. */
import { ExactBoltExecutor } from '../../../lib/executor/exact/exact-bolt-executor.ts'
import { SnapshotDirectory } from '../../../lib/snapshots/snapshot-directory.ts'
import type { NewFile } from '../../../lib/snapshots/snapshot-store.ts'
import { Snapshots } from '../../../lib/worker/capture/snapshots.ts'
import { Kills } from './kills.ts'

/** What a worker does. */
export const WORKER_STEPS = [
  'before its orders for a snapshot are obeyed',
  'between the captures of two tasks',
  'when the mark of another worker has come',
  'before a part is begun',
  'when half of a part is written',
  'before a part is finished',
  'after a part is finished',
  'before a task commits',
  'after a task has committed',
  'within an execution',
] as const

/** What comes when the workers begin, once a run or a worker has ended. */
export const RESTORE_STEPS = ['while a snapshot is looked for', 'while the tasks are prepared'] as const

/** What the run does. */
export const RUN_STEPS = [
  'before a manifest is written',
  'after a manifest is written',
  'before old snapshots are removed',
  'after old snapshots are removed',
] as const

export type ExactStep = (typeof WORKER_STEPS | typeof RUN_STEPS | typeof RESTORE_STEPS)[number]

export class ExactKills extends Kills<ExactStep> {
  /** Wraps the runtime of a worker. */
  watchWorker(): void {
    const kills = this
    const { obey, marked } = Snapshots.prototype
    Snapshots.prototype.obey = function (order) {
      kills.reach('before its orders for a snapshot are obeyed')
      return obey.call(this, order)
    }
    Snapshots.prototype.marked = function (...args) {
      marked.apply(this, args)
      kills.reach('when the mark of another worker has come')
    }
    const { prepareCommit, commit } = ExactBoltExecutor.prototype
    ExactBoltExecutor.prototype.prepareCommit = function (snapshot) {
      kills.reach('between the captures of two tasks')
      return prepareCommit.call(this, snapshot)
    }
    ExactBoltExecutor.prototype.commit = async function (snapshot) {
      kills.reach('before a task commits')
      await commit.call(this, snapshot)
      kills.reach('after a task has committed')
    }
    const { prepare } = ExactBoltExecutor.prototype
    ExactBoltExecutor.prototype.prepare = async function () {
      await prepare.call(this)
      kills.reach('while the tasks are prepared')
    }
    const { create } = SnapshotDirectory.prototype
    SnapshotDirectory.prototype.create = async function (name) {
      kills.reach('before a part is begun')
      return kills.#watched(await create.call(this, name))
    }
  }

  /** Wraps the runtime of the run. */
  watchRun(): void {
    const kills = this
    const { complete, retain, list } = SnapshotDirectory.prototype
    SnapshotDirectory.prototype.complete = async function (manifest) {
      kills.reach('before a manifest is written')
      await complete.call(this, manifest)
      kills.reach('after a manifest is written')
    }
    SnapshotDirectory.prototype.retain = async function (manifests) {
      kills.reach('before old snapshots are removed')
      await retain.call(this, manifests)
      kills.reach('after old snapshots are removed')
    }
    SnapshotDirectory.prototype.list = async function () {
      kills.reach('while a snapshot is looked for')
      return list.call(this)
    }
  }

  #watched(file: NewFile): NewFile {
    const { append, finish } = file
    file.append = async (bytes) => {
      const half = bytes.length >> 1
      await append.call(file, bytes.subarray(0, half))
      this.reach('when half of a part is written')
      await append.call(file, bytes.subarray(half))
    }
    file.finish = async () => {
      this.reach('before a part is finished')
      await finish.call(file)
      this.reach('after a part is finished')
    }
    return file
  }
}
