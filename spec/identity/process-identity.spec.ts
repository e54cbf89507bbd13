import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import test from 'ava'
import { fateOf, isSameProcess, processOf } from '../../lib/identity/process-identity.ts'
import { BOUND_MS } from '../bound.ts'

/** The system says when a process was started. */
const knowsStarts = existsSync('/proc/self/stat')
const self = processOf(process.pid)

test('a process lives until it has ended, and is the same for whoever asks', async (t) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'spawn')
  const found = processOf(child.pid!)
  t.is(fateOf(found), 'alive')
  t.true(isSameProcess(found, processOf(child.pid!)))
  t.false(isSameProcess(found, self))
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.is(fateOf(found), 'dead')
})

test('a later process of the same number is another one; where nobody knows when it was started, it counts as the same', (t) => {
  t.is(fateOf({ ...self, started: null }), 'alive')
  t.is(fateOf({ ...self, started: '1' }), knowsStarts ? 'dead' : 'alive')
  t.false(isSameProcess(self, { ...self, started: '1' }))
  t.is(fateOf({ ...self, pid: 0 }), 'dead')
  t.is(fateOf({ ...self, pid: -1 }), 'dead')
})

test('of a process of another machine, another container or an earlier boot nothing can be known', (t) => {
  const other = { ...self, space: 'another one' }
  t.is(fateOf(other), 'unknown')
  t.is(fateOf({ ...other, pid: 0 }), 'unknown')
  t.false(isSameProcess(self, other))
})

test('one that has ended and that its parent has not collected is dead', async (t) => {
  // What the parent of that child becomes never asks for it.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
  t.teardown(() => parent.kill('SIGKILL'))
  const [said] = await once(parent.stdout.setEncoding('utf8'), 'data')
  const child = { ...self, pid: Number(said), started: null }
  const becomes = async (isSo: () => boolean): Promise<void> => {
    const end = Date.now() + BOUND_MS
    while (!isSo()) {
      if (Date.now() > end) throw new Error(`it was not so within ${BOUND_MS} ms`)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  if (!knowsStarts) {
    process.kill(child.pid, 'SIGKILL')
    return t.pass()
  }
  await becomes(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n')
  process.kill(child.pid, 'SIGKILL')
  await becomes(() => fateOf(child) === 'dead')
  t.notThrows(() => process.kill(child.pid, 0))
})
