/** What is published holds what its manifest promises. What else it may hold stands in `house.spec.ts`. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'

const ROOT = join(import.meta.dirname, '../../..')

interface Manifest {
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

const files = packedFiles()
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest

function packedFiles(): string[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const text = execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [packed] = JSON.parse(text) as readonly { readonly files: readonly { readonly path: string }[] }[]
  return packed!.files.map(({ path }) => path)
}

test('the package holds every file that its manifest names, and those that it starts by path', (t) => {
  const named = [
    ...Object.values(manifest.bin),
    ...Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    ),
  ].map((path) => path.replace(/^\.\//, ''))
  t.true(named.length >= 5)
  const started = ['dist/lib/run/start-worker.js', 'dist/lib/worker/process/watchdog.js']
  t.deepEqual(
    [...named, ...started].filter((path) => !files.includes(path)),
    [],
  )
})
