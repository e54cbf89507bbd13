/** The command, as who uses it runs it. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../house/sources.ts'

const MB = 1024 * 1024

/** @returns what it prints @throws where it fails */
export function run(kubeconfig: string, ...args: readonly string[]): string {
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  const all = [join(ROOT, 'dist/bin/typhoon.js'), ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { env, encoding: 'utf8', maxBuffer: 64 * MB })
  if (status !== 0) throw new Error(`typhoon ${args.join(' ')} failed:\n${stderr}`)
  return stdout
}
