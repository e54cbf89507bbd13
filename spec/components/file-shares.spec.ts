/** Which task of a FileSpout reads which file. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { FileSpout } from '../../lib/components/index.ts'
import { folderOf } from '../folder.ts'
import { SpoutRun } from './fakes.ts'

/** What each task reads; `between` happens after the first has made its list. */
function shares(tasks: number, files: string | readonly string[], between = () => {}): string[] {
  const runs = Array.from({ length: tasks }, (_, taskIndex) => {
    const run = new SpoutRun(new FileSpout(files), { tasks, taskIndex })
    if (taskIndex === 0) between()
    return run
  })
  return runs.map((run) => (run.spout.isExhausted?.() ? 'exhausted' : run.drain().flat().join('')))
}

test('the i-th named file goes to task i % tasks, and tasks without a file are exhausted at once', (t) => {
  const folder = folderOf(t, { a: 'a', b: 'b', c: 'c' })
  const files = ['a', 'b', 'c'].map((name) => join(folder, name))
  t.deepEqual(shares(2, files), ['ac', 'b'])
  t.deepEqual(shares(5, files), ['a', 'b', 'c', 'exhausted', 'exhausted'])
})

test('each file of a folder goes to one task, also where others come and go while the tasks begin', (t) => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}`, `${i},`]))
  for (const change of [
    (folder: string) => writeFileSync(join(folder, 'a'), ',new,\n'),
    (folder: string) => rmSync(join(folder, 'm9')),
  ]) {
    const folder = folderOf(t, files)
    const read = shares(3, folder, () => change(folder))
    t.true(read.every((share) => share !== 'exhausted'))
    const kept = read
      .join('')
      .split(',')
      .filter((text) => /^\d+$/.test(text) && text !== '9')
    t.deepEqual(
      kept.map(Number).sort((a, b) => a - b),
      Array.from({ length: 40 }, (_, i) => i).filter((i) => i !== 9),
    )
  }
})
