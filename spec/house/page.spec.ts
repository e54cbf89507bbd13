/** How large the page is that is built with the package. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { build } from 'vite'
import { sharedFolder } from '../folder.ts'
import { ROOT } from './sources.ts'

const MOST_BYTES = 250_000
const MOST_SCRIPT_BYTES_PACKED = 68_000

const folder = sharedFolder()

test('the page is small, has no source from elsewhere, and is the same each time it is built', async (t) => {
  const built = async (name: string): Promise<ReadonlyMap<string, Buffer>> => {
    const outDir = join(folder, name)
    await build({
      configFile: join(ROOT, 'vite.config.js'),
      root: join(ROOT, 'lib/ui/page'),
      logLevel: 'error',
      build: { outDir },
    })
    const names = readdirSync(outDir, { recursive: true }).map(String)
    const files = names.filter((path) => /\.\w+$/.test(path)).sort()
    return new Map(files.map((path) => [path, readFileSync(join(outDir, path))]))
  }
  const files = await built('first')
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0)
  t.true(bytes <= MOST_BYTES, `${bytes} bytes`)
  const scripts = [...files].filter(([path]) => path.endsWith('.js'))
  const packed = scripts.reduce((sum, [, content]) => sum + gzipSync(content).length, 0)
  t.true(packed <= MOST_SCRIPT_BYTES_PACKED, `${packed} bytes of scripts, packed`)
  t.notRegex(files.get('index.html')!.toString(), /https?:|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=/)
  t.deepEqual(await built('second'), files)
})
