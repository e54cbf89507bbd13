/**
 * The folder in which a child leaves a file with its pid as the name, as the protocol wants it. Nobody reads it here. It goes with its child; those
 * that a killed process has left behind go when the next process makes its first one.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'typhoon-pid-'

let swept = false

/** Makes one. */
export function makePidFolder(): string {
  if (!swept) sweep()
  swept = true
  return mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
}

/** Removes one, with what is in it. */
export function removePidFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = /^typhoon-pid-(\d+)-\w+$/.exec(name)?.[1]
    if (owner === undefined || isRunning(Number(owner))) continue
    try {
      removePidFolder(join(tmpdir(), name))
    } catch {
      // Somebody else's.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
