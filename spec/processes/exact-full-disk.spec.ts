/** The disk of the snapshots and of the sinks is full for a while, for real: one of its own, where that can be. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { sharedFolder } from '../folder.ts'
import { codesOf } from './cli.ts'
import { RollCall } from './roll-call.ts'
import { ExactRuns } from './topologies/exact-runs.ts'

const MIB = 1024 * 1024

const root = sharedFolder()
const disk = join(root, 'disk')
mkdirSync(disk)
const isMounted = mounts()
test.after.always(() => {
  if (isMounted) execFileSync('umount', ['--lazy', disk])
})

/** Only a privileged user of Linux may. */
function mounts(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${4 * MIB}`, 'tmpfs', disk], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const title = 'on a disk that is full for a while a run waits, and then each line is there once, and each count right'
if (!isMounted) test(`no disk can be mounted here, left out: ${title}`, (t) => t.pass())
else
  test(title, async (t) => {
    const runs = new ExactRuns(root, 4)
    const folder = runs.folder(disk)
    // One half is read before a kill that never comes is claimed.
    const run = runs.start(await RollCall.open(t), folder, 'exactly-once', [{ step: 'never', nth: 1, victim: 'run' }])
    await run.line(/running$/)
    const ballast = join(disk, 'ballast')
    t.throws(() => writeFileSync(ballast, Buffer.alloc(8 * MIB)), { code: 'ENOSPC' })
    await run.line(/STATE_UNAVAILABLE/)
    rmSync(ballast)
    writeFileSync(join(folder, 'claims', '0'), '')
    const ended = await run.ended
    t.is(ended.code, 0, ended.stderr)
    t.true(
      codesOf(ended).every((code) => code === 'STATE_UNAVAILABLE' || code === 'OUTPUT_FAILED'),
      ended.stderr,
    )
    t.deepEqual(runs.writtenIn(folder), runs.expected)
  })
