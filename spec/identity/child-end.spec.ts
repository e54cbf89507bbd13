import { type ChildProcess, spawn } from 'node:child_process'
import test from 'ava'
import { type ChildEnd, onceOver } from '../../lib/identity/child-end.ts'

function endOf(child: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve) => onceOver(child, resolve))
}

test('a child that exits has a code, and one that is killed a signal', async (t) => {
  const exits = spawn(process.execPath, ['-e', 'process.exit(3)'])
  const waits = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const ends = Promise.all([endOf(exits), endOf(waits)])
  waits.kill('SIGKILL')
  t.deepEqual(await ends, [
    { kind: 'exited', code: 3 },
    { kind: 'signaled', signal: 'SIGKILL' },
  ])
})

test('a program that does not exist was not started', async (t) => {
  const end = await endOf(spawn('/there/is/no/such/program'))
  t.is(end.kind, 'not started')
})

test('an error after it was started ends nothing, however often it comes; its end is reported once', (t) => {
  const child = spawn(process.execPath, ['-e', ''])
  const ends: ChildEnd[] = []
  onceOver(child, (end) => ends.push(end))
  child.emit('error', new Error('it cannot be killed'))
  child.emit('error', new Error('it cannot be killed'))
  t.deepEqual(ends, [])
  child.emit('exit', 0, null)
  child.emit('exit', 0, null)
  t.deepEqual(ends, [{ kind: 'exited', code: 0 }])
})
