/**
 * Ends the children of a worker that is gone, whoever else has gone with it. The supervisor ends the process group of a
 * worker that dies, and a worker ends itself when its supervisor dies; where both are killed in the same instant,
 * nobody is left to do it. So a worker that starts children starts a guard first: a process outside of its group,
 * waiting for the end of a pipe that the worker holds. It costs nothing while it waits.
 *
 * It is the system's `sh` with a text that never changes: 1 MB rather than the 40 of a Node.js, and it lives on where
 * somebody ends everything that is called node. On Windows there are neither groups nor a guard.
 */
import { spawn } from 'node:child_process'

/** `$0` is the process group. */
const WAIT_AND_KILL = 'read -r _; kill -9 "-$0"'

let guarded = false

/**
 * Starts the guard of this process, once, or with the next child where there was no descriptor left for it; none where
 * it does not lead a group, as in tests: it would be that of somebody else.
 */
export function guardChildren(): void {
  if (guarded || process.platform === 'win32' || !leadsGroup()) return
  const guard = spawn('/bin/sh', ['-c', WAIT_AND_KILL, String(process.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: {},
  })
  guard.on('error', () => {})
  if (guard.pid === undefined) return
  guarded = true
  guard.stdin.on('error', () => {})
  guard.unref()
  // The pipe is a socket; its type does not know that it can be let go of.
  ;(guard.stdin as unknown as { unref(): void }).unref()
}

function leadsGroup(): boolean {
  try {
    process.kill(-process.pid, 0)
    return true
  } catch {
    return false
  }
}
