/** What a process has written when it ends, however its lines are read, and whoever else holds its pipe. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import test from 'ava'
import { OutputPipe } from '../../../lib/daemon/workers/output-pipe.ts'

const LINES = 100
const TEXT = 'x'.repeat(70)
/** Writes what fits into a pipe, leaves a process behind that holds it, says its pid on fd 3, and ends. */
const WRITER = `
  const { spawn } = require('node:child_process')
  const { writeSync } = require('node:fs')
  let text = ''
  for (let i = 0; i < ${LINES}; i++) text += i + ' ${TEXT}\\n'
  writeSync(1, text)
  const left = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { detached: true, stdio: ['ignore', 1, 'ignore'] })
  writeSync(3, String(left.pid))
  process.exit()
`

/** A process that has ended, and the pid of the one that it has left. */
async function endedWriter(pipeOf: (child: ChildProcess) => OutputPipe) {
  const child = spawn(process.execPath, ['-e', WRITER], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
  const pipe = pipeOf(child)
  let pid = ''
  const told = child.stdio[3] as Duplex
  told.on('data', (bytes: Buffer) => {
    pid += bytes.toString()
  })
  await Promise.all([once(child, 'exit'), once(told, 'end')])
  return { pipe, kill: () => process.kill(Number(pid), 'SIGKILL') }
}

for (const reads of [true, false]) {
  test(`all is passed on at once, though another process holds the pipe and its reader ${reads ? 'reads' : 'pauses'}`, async (t) => {
    const lines: string[] = []
    let take = (): void => {}
    const taken = new Promise<void>((resolve) => {
      take = resolve
    })
    const { pipe, kill } = await endedWriter(
      ({ stdout }) =>
        new OutputPipe(stdout!, (line) => {
          lines.push(line)
          return reads ? undefined : taken
        }),
    )
    t.teardown(kill)
    const end = pipe.end()
    t.deepEqual(
      lines.map((line) => line.split(' ')[0]),
      Array.from({ length: LINES }, (_, at) => String(at)),
    )
    let isOver = false
    void end.then(() => {
      isOver = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    t.is(isOver, reads)
    take()
    await end
  })
}

test('a reader whose promise rejects does not stop the reading', async (t) => {
  const lines: string[] = []
  const { pipe, kill } = await endedWriter(
    ({ stdout }) =>
      new OutputPipe(stdout!, (line) => {
        lines.push(line)
        return Promise.reject(new Error('nobody is there'))
      }),
  )
  t.teardown(kill)
  await pipe.end()
  t.is(lines.length, LINES)
})

test('the pipe of a child has a handle that names its descriptor, which no public part of Node.js does', async (t) => {
  const child = spawn(process.execPath, ['-e', ''], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const { _handle } = child.stdout as unknown as { readonly _handle?: { readonly fd?: unknown } }
  t.true(Number.isInteger(_handle?.fd) && (_handle!.fd as number) > 2, 'see docs/decisions/024-descriptor-of-a-pipe.md')
  await ended
})
