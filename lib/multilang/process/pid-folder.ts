/**
 * The folder in which a child leaves a file with its pid as the name, as the protocol wants it. Nobody reads it here.
 * It goes with its child; those that a killed process has left behind go when the next process makes its first one.
 *
 * The folder for temporary files is shared with other users. What is removed there is a folder of this user's that
 * nobody else can write to, and the files in it, never what is below: whatever was planted, and whatever is exchanged
 * meanwhile, nothing else is touched.
 */
import { lstatSync, mkdtempSync, readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fateOf, processOf } from '../../identity/process-identity.ts'

const PREFIX = 'typhoon-pid-'
const STICKY = 0o1000
const WRITABLE_BY_OTHERS = 0o022

let swept = false

/** Makes one. */
export function makePidFolder(): string {
  if (!swept) sweep()
  swept = true
  return mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
}

/** Removes one with the files in it; one that holds more stays. Never throws. */
export function removePidFolder(folder: string): void {
  try {
    for (const name of readdirSync(folder)) unlinkSync(join(folder, name))
    rmdirSync(folder)
  } catch {
    // It is gone already, or no longer what we made.
  }
}

function sweep(): void {
  const all = tmpdir()
  // Where others may rename our folders, none can be distinguished from theirs.
  if (process.getuid === undefined || !isSafe(all, process.getuid())) return
  for (const name of readdirSync(all)) {
    const owner = /^typhoon-pid-(\d+)-\w+$/.exec(name)?.[1]
    if (owner === undefined || fateOf(processOf(Number(owner))) === 'alive') continue
    const folder = join(all, name)
    if (isOurs(folder, process.getuid())) removePidFolder(folder)
  }
}

function isSafe(folder: string, user: number): boolean {
  const { mode, uid } = statSync(folder)
  return (mode & STICKY) !== 0 || (uid === user && (mode & WRITABLE_BY_OTHERS) === 0)
}

/** Whether it is a folder that `mkdtemp` made, and not a link. */
function isOurs(folder: string, user: number): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false })
  return stats?.isDirectory() === true && stats.uid === user && (stats.mode & 0o777) === 0o700
}
