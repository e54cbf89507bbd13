/** How temporary folders are made and removed, for whatever runs without AVA, too. */
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Together some ten seconds: each waits for longer than the one before it. */
const RETRIES = { maxRetries: 20, retryDelay: 50 }

/** Makes one. */
export function made(): string {
  return mkdtempSync(join(tmpdir(), 'typhoon-spec-'))
}

/** Removes it, with all that is in it. */
export function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, ...RETRIES })
}
