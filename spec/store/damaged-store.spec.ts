/**
 * A file that was damaged, however, is told as that before LMDB sees it, or is read as it was: it ends no process and
 * gives no other values. A hundred here; `MUTATIONS=2000 npx ava dist/spec/store/damaged-store.spec.js`
 * tries as many as one likes.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { folderOf } from '../folder.ts'
import { volume } from '../volume.ts'
import { filled } from './filled-store.ts'

const MUTATOR = fileURLToPath(new URL('store-mutator.js', import.meta.url))
const COUNT = Number(process.env['MUTATIONS'] ?? volume(100, 300))
const SEED = Number(process.env['SEED'] ?? 1)

test(`of ${COUNT} damaged files none ends the process, and none is read as sound with other values (seed ${SEED})`, async (t) => {
  const directory = folderOf(t)
  await filled(directory)
  const arguments_ = [MUTATOR, directory, folderOf(t), `${SEED}`, '0', `${COUNT}`]
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) said.push(line)
  t.deepEqual(await gone, [0, null], `after ${said.slice(-2).join(', ')}`)
  const verdicts = said.filter((line) => !line.startsWith('begin '))
  t.is(verdicts.length, COUNT)
  t.deepEqual(
    verdicts.filter((verdict) => verdict.startsWith('wrong')),
    [],
  )
  t.true(verdicts.filter((verdict) => verdict.startsWith('refused')).length > COUNT / 8)
})
