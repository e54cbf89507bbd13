import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import test from 'ava'
import { isAlive, isSameProcess, processOf } from '../../lib/identity/process-identity.ts'

/** The system says when a process was started. */
const knowsStarts = existsSync('/proc/self/stat')

test('a process lives until it has ended, and is the same for whoever asks', async (t) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'spawn')
  const found = processOf(child.pid!)
  t.true(isAlive(found))
  t.true(isSameProcess(found, processOf(child.pid!)))
  t.false(isSameProcess(found, processOf(process.pid)))
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.false(isAlive(found))
})

test('a later process of the same number is another one; where nobody knows when it was started, it counts as the same', (t) => {
  t.true(isAlive({ pid: process.pid, started: null }))
  t.is(isAlive({ pid: process.pid, started: 'an earlier boot/1' }), !knowsStarts)
  t.false(isAlive({ pid: 0, started: null }))
  t.false(isAlive({ pid: -1, started: null }))
})

test('one that has ended and that its parent has not collected is dead', async (t) => {
  // The child ends at once; what its parent becomes never asks for it.
  const parent = spawn('sh', ['-c', 'sh -c "exit 0" & echo $!; exec sleep 60'])
  t.teardown(() => parent.kill('SIGKILL'))
  const [said] = await once(parent.stdout.setEncoding('utf8'), 'data')
  const child = { pid: Number(said), started: null }
  if (!knowsStarts) return t.pass()
  while (isAlive(child)) await new Promise((resolve) => setImmediate(resolve))
  t.notThrows(() => process.kill(child.pid, 0))
})
