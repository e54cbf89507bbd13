/** A process that is started before it is known what it runs: who may have it. */
import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { INVALID } from '../../lib/command/terminal/exit-codes.ts'
import { SpareProcess } from '../../lib/daemon/workers/worker-process.ts'
import { sharedFolder } from '../folder.ts'
import { codesOf, typhoonProcess } from './cli.ts'

const folder = sharedFolder()

/** Answers with the definition that it was started for when its stdin ends. */
const MODULE = join(folder, 'waits.mjs')
writeFileSync(MODULE, `process.stdin.resume().on('end', () => console.log(process.argv[2]))`)
const OPTIONS = ['--max-semi-space-size=16']

/** Its exit code, when all that it said has been heard. */
function end(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve))
}

test('it is had once, by who needs its options, and knows which definition is read', async (t) => {
  const spare = new SpareProcess(MODULE, 'words.yaml', OPTIONS)
  t.is(spare.take(['--max-semi-space-size=32']), undefined)
  t.is(spare.take([...OPTIONS, '--no-warnings']), undefined)
  const child = spare.take(OPTIONS)!
  t.is(spare.take(OPTIONS), undefined)
  // It belongs to who has it now.
  spare.close()
  let said = ''
  child.stdout!.on('data', (text) => {
    said += text
  })
  child.stdin!.end()
  t.is(await end(child), 0)
  t.is(said.trim(), 'words.yaml')
})

test('one that was closed is nobody’s', (t) => {
  const spare = new SpareProcess(MODULE, 'words.yaml', OPTIONS)
  spare.close()
  t.is(spare.take(OPTIONS), undefined)
})

test('one that would not have what the definition has set in the environment is left', (t) => {
  const spare = new SpareProcess(MODULE, 'words.yaml', OPTIONS)
  process.env['SPARE_PROCESS_SPEC'] = 'set while the definition was loaded'
  t.is(spare.take(OPTIONS), undefined)
  delete process.env['SPARE_PROCESS_SPEC']
  const child = spare.take(OPTIONS)
  t.not(child, undefined)
  child?.kill('SIGKILL')
})

for (const [what, code] of [
  ['a module that waits for ever', 'await new Promise(() => {})'],
  ['a function that waits for ever', 'export default () => new Promise(() => {})'],
] as const)
  for (const command of ['run', 'plan', 'validate'])
    test(`${command} ends for ${what}, and the process that was started for it ends, too`, async (t) => {
      const file = join(folder, `${command}-${code.length}.mjs`)
      writeFileSync(file, code)
      const ended = await typhoonProcess([command, file])
      t.is(ended.code, INVALID)
      t.deepEqual(codesOf(ended), ['MODULE_FAILED'])
    })
