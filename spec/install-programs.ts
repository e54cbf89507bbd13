/** Programs that a proof needs, and calls of them. For proofs that run without the test runner. */
import { spawnSync } from 'node:child_process'

const MOST_OUTPUT_BYTES = 64 * 1024 * 1024

/** @param packages those of Debian, by the program that each is needed for */
export function installPrograms(packages: Readonly<Record<string, string>>): void {
  const missing = Object.entries(packages).flatMap(([program, name]) => (isThere(program) ? [] : [name]))
  if (missing.length === 0) return
  console.log(`installing ${missing.join(', ')}`)
  callProgram('apt-get', ['update', '-q'])
  callProgram('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing])
}

/** @returns what it prints @throws where it ends badly, with what it has printed */
export function callProgram(program: string, args: readonly string[], cwd?: string): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    ...{ cwd, encoding: 'utf8', maxBuffer: MOST_OUTPUT_BYTES },
  })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${error ?? `${stdout}${stderr}`}`)
  return stdout
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
}
