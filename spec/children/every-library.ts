/**
 * What each of the libraries promises beyond the contract of multilang, once for all of them: groups, replays, and how
 * a process ends. A library says only how its programs are written.
 */
import { once } from 'node:events'
import type { ExecutionContext } from 'ava'
import { type Child, END, emitsOf, setup, TICK, told, tuple } from './child.ts'

/** Programs of one language that mean the same as those of the others. */
export interface Programs {
  /** A bolt that emits what it gets. */
  readonly echo: string
  /** A bolt of groups of two that emits the first values of each, and throws where the last of them is 0. */
  readonly groups: string
  /** A spout that emits [1], nothing, and [2] to the stream `even` with the id `two`; two attempts, no delay. */
  readonly numbers: string
}

type Start = (t: ExecutionContext, text: string, env?: Record<string, string>) => Child
type Declare = (title: string, run: (t: ExecutionContext) => Promise<void>) => void

const next = { command: 'next', id: '' }
const acked = (id: unknown) => ({ command: 'ack', id })
const failed = (id: unknown) => ({ command: 'fail', id })

/** Declares the tests. */
export function everyLibrary(declare: Declare, start: Start, { echo, groups, numbers }: Programs): void {
  declare(
    'a group is processed when it is full, at a tick and at the end of the input; a tick alone does nothing',
    async (t) => {
      const ended = await start(t, groups)
        .send(setup(), tuple(1, 'a'), tuple(2, 'b'), TICK, tuple(3, 'c'), TICK, tuple(4, 'd'), END)
        .end()
      t.deepEqual(told(ended), [
        'emit ["a","b"]',
        'ack "1"',
        'ack "2"',
        'ack "-4"',
        'emit ["c"]',
        'ack "3"',
        'ack "-4"',
        'emit ["d"]',
        'ack "4"',
        'ack "-9"',
      ])
      t.deepEqual(ended.messages[0]!['anchors'], ['1', '2'])
    },
  )

  declare(
    'a spout replays what fails, gives it up after its attempts, and is exhausted when nothing waits',
    async (t) => {
      const child = start(t, numbers).send(setup(), next, next, next, next, failed('two'), failed('two'), next)
      const ended = await child.send(failed('two'), failed('never emitted'), acked('two'), next).end()
      t.deepEqual(
        told(ended).filter((line) => !line.startsWith('sync')),
        [
          'emit [1]',
          'emit [2]',
          'exhausted null',
          'emit [2]',
          'exhausted null',
          'error "given up after 2 attempts: [2]"',
          'exhausted null',
        ],
      )
      t.is(ended.messages.filter(({ command }) => command === 'sync').length, 11, 'one for each command')
      t.deepEqual(
        ended.messages.flatMap(({ stream }) => stream ?? []),
        ['even', 'even'],
      )
    },
  )

  declare('a parent that is gone ends the process quietly in the midst of its work', async (t) => {
    const child = start(t, echo)
    await child.send(setup()).says('pid')
    child.process.stdout.destroy()
    child.send(...Array.from({ length: 2000 }, (_, i) => tuple(i, 'x'.repeat(100))))
    const [code] = await once(child.process, 'exit')
    t.deepEqual([code, child.stderr], [0, ''])
  })

  declare('Ctrl-C is left to the parent', async (t) => {
    const child = start(t, echo)
    await child.send(setup()).says('pid')
    child.process.kill('SIGINT')
    const ended = await child.send(tuple(1, 'a')).end()
    t.deepEqual([emitsOf(ended), ended.code], [[['a']], 0])
  })
}

/** Declares the test of a library that knows JSON alone. @param library the name of its file */
export function jsonAlone(declare: Declare, start: Start, { echo }: Programs, library: string): void {
  declare('another serializer than json is refused in a plain sentence', async (t) => {
    const child = start(t, echo, { TYPHOON_SERIALIZER: 'msgpack' })
    const [code] = await once(child.process, 'close')
    t.deepEqual([code, child.stdout], [1, ''])
    t.is(child.stderr, `storm: the topology asks for msgpack; ${library} knows json only\n`)
  })
}
