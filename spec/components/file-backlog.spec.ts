/** What a FileSpout knows of what it has still to read. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { FileSpout } from '../../lib/components/index.ts'
import { folderOf } from '../folder.ts'
import { SpoutRun } from './fakes.ts'

test('it knows how many bytes of its files it has not emitted yet, what is appended included', (t) => {
  const folder = folderOf(t, { a: 'one\ntwo\n', b: '1234\n' })
  const run = new SpoutRun(new FileSpout(join(folder, '*'), { follow: true }))
  const left = (): number | undefined => run.spout.backlog?.()?.bytes
  t.is(left(), 13)
  run.next()
  t.is(left(), 9)
  run.drain()
  t.is(left(), 0)
  appendFileSync(join(folder, 'a'), 'three\n')
  t.is(left(), 6)
  const repeated = new SpoutRun(new FileSpout(folder, { repeat: true }))
  t.is(repeated.spout.backlog?.(), undefined)
  const whole = new SpoutRun(new FileSpout(folder, { mode: 'whole' }))
  whole.next()
  t.is(whole.spout.backlog?.()?.bytes, 5)
})
