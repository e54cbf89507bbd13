/**
 * What each of the libraries promises beyond the contract of multilang, once for all of them: broken input, fields,
 * groups, replays, and how a process ends. A library says only how its programs are written.
 */
import { once } from 'node:events'
import type { ExecutionContext } from 'ava'
import { type Child, END, type Ended, emitsOf, next, setup, TICK, told, tuple } from './child.ts'
import { type Language, tryReadme } from './library-child.ts'

/** Programs of one language that mean the same as those of the others. */
export interface Programs {
  /** A bolt that emits what it gets. */
  readonly echo: string
  /** A bolt that emits [the length of the text that its first value holds, in lists within lists]. */
  readonly length: string
  /** A bolt that emits [field `n`, the first value, all fields by their names], and then asks for the field `wrod`. */
  readonly byName: string
  /** What is said of the last. */
  readonly wrongName: RegExp
  /** A bolt of groups of two that emits the first values of each, and throws where the last of them is 0. */
  readonly groups: string
  /** A spout that emits [1], nothing, and [2] to the stream `even` with the id `two`; two attempts, no delay. */
  readonly numbers: string
  /** A spout that emits [1] with the id 7; a replay waits for ten thousand seconds. */
  readonly patient: string
  /** A spout that emits [1], throws, and emits [3]. */
  readonly interrupted: string
  /** Bolts that throw `no such database` before their first tuple. */
  readonly unprepared: readonly string[]
  /** Bolts with something open when the input ends; each says one thing about its only tuple. */
  readonly unfinished: readonly string[]
}

type Start = (t: ExecutionContext, text: string, env?: Record<string, string>) => Child
type Declare = (title: string, run: (t: ExecutionContext) => void | Promise<void>) => void

const acked = (id: unknown) => ({ command: 'ack', id })
const failed = (id: unknown) => ({ command: 'fail', id })
const errors = ({ messages }: Ended) => messages.filter(({ command }) => command === 'error').map(({ msg }) => msg)

/** Declares the tests. */
export function everyLibrary(language: Language, declare: Declare, start: Start, programs: Programs): void {
  understandsItsInput(declare, start, programs)
  processesGroups(declare, start, programs)
  replays(declare, start, programs)
  ends(declare, start, programs)
  declare('the README shows what happens: its files are written, its commands run, their output compared', (t) =>
    tryReadme(t, language),
  )
}

function understandsItsInput(declare: Declare, start: Start, { echo, length, byName, wrongName }: Programs): void {
  declare(
    'blank lines, \\r\\n, empty messages, pretty JSON and messages that are cut anywhere are understood',
    async (t) => {
      const child = start(t, echo)
      const pretty = JSON.stringify(tuple(1, 'ünï', '😀'), null, 2)
      const text = `end\n${JSON.stringify(setup())}\r\nend\r\n\r\n\nend\n${pretty}\nend\nend\n\n`
      for (const byte of Buffer.from(text)) child.process.stdin.write(Buffer.from([byte]))
      const ended = await child.send(tuple(2, 'end\n'), tuple(3, '\nend\n')).end()
      t.deepEqual(emitsOf(ended), [['ünï', '😀'], ['end\n'], ['\nend\n']])
      t.is(ended.code, 0)
    },
  )

  declare('a message of many megabytes arrives whole, and nesting has no limit', async (t) => {
    let nested: unknown = 'é'.repeat(4_000_000)
    for (let depth = 0; depth < 200; depth++) nested = [nested]
    t.deepEqual(emitsOf(await start(t, length).send(setup(), tuple(1, nested)).end()), [[4_000_000]])
  })

  declare(
    'a set-up message that comes again and what is no message are left out, what is no JSON is reported, and the bolt goes on',
    async (t) => {
      const child = start(t, echo).send(setup())
      await child.says('pid')
      child.send(setup(), 'text').process.stdin.write('{broken\nend\n')
      const ended = await child.send([7], tuple(1, 'a')).end()
      t.deepEqual(emitsOf(ended), [['a']])
      t.deepEqual(ended.messages.map(({ command }) => command).sort(), ['ack', 'emit', 'error', 'log', 'log'])
      t.regex(errors(ended)[0], /\{broken/)
    },
  )

  declare('two halves of a message in frames of their own are two errors and no tuple', async (t) => {
    const child = start(t, echo).send(setup())
    await child.says('pid')
    child.process.stdin.write('{"id":"1","comp":"s","stream":"default","task":1,"tuple":["a"\nend\n"b"]}\nend\n')
    const ended = await child.send(tuple(2, 'c')).end()
    t.deepEqual(emitsOf(ended), [['c']])
    t.is(errors(ended).length, 2)
  })

  declare('a value is had by the name of its field, and a wrong name is answered with the right ones', async (t) => {
    const ended = await start(t, byName)
      .send(setup(), tuple(1, 'be', 2))
      .end()
    t.deepEqual(emitsOf(ended), [[2, 'be', { word: 'be', n: 2 }]])
    t.regex(errors(ended)[0], /'wrod'.* 's' .*word, n/)
    t.regex(errors(ended)[0], wrongName)
  })
}

function processesGroups(declare: Declare, start: Start, { groups }: Programs): void {
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

  declare('a group that throws fails as a whole', async (t) => {
    const tuples = [tuple(1, 'a'), tuple(2, 0), tuple(3, 'b'), tuple(4, 'c')]
    const ended = await start(t, groups)
      .send(setup(), ...tuples)
      .end()
    t.deepEqual(
      told(ended).filter((line) => !line.startsWith('error')),
      ['emit ["a",0]', 'fail "1"', 'fail "2"', 'emit ["b","c"]', 'ack "3"', 'ack "4"'],
    )
  })
}

function replays(declare: Declare, start: Start, { groups, numbers, patient, interrupted }: Programs): void {
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

  declare('replays wait for their delay, and a spout with one to come is not exhausted', async (t) => {
    const ended = await start(t, patient).send(setup(), next, failed(7), next, next).end()
    t.deepEqual(told(ended), ['emit [1]', ...Array(4).fill('sync null')])
  })

  declare('a source that throws is reported and begun anew; its tuples are not lost', async (t) => {
    const { messages } = await start(t, interrupted).send(setup(), next, next, next, next).end()
    t.deepEqual(
      messages.map(({ command }) => command),
      ['emit', 'sync', 'error', 'sync', 'emit', 'sync', 'exhausted', 'sync'],
    )
  })

  declare('Storm is not told what it does not know', async (t) => {
    const spout = await start(t, numbers).send(setup({}), next, next, next, next).end()
    t.false(told(spout).includes('exhausted null'))
    const bolt = start(t, groups).send(setup({}))
    await bolt.end()
    t.deepEqual(Object.keys(JSON.parse(bolt.stdout.split('\n')[0]!)), ['pid'])
  })
}

function ends(declare: Declare, start: Start, { echo, unprepared, unfinished }: Programs): void {
  for (const [index, text] of unprepared.entries()) {
    declare(`an error before the first tuple is reported and ends the process with 1 (${index + 1})`, async (t) => {
      const ended = await start(t, text).send(setup(), tuple(1)).closed()
      t.deepEqual([ended.code, ended.stderr], [1, ''])
      t.deepEqual(
        ended.messages.map(({ command }) => command),
        ['error'],
      )
      t.regex(errors(ended)[0], /no such database/)
    })
  }

  for (const [index, text] of unfinished.entries()) {
    declare(`the end of the input ends the process quietly, whatever is still open (${index + 1})`, async (t) => {
      const { code, stderr, messages } = await start(t, text).send(setup(), tuple(1, 'a')).end()
      t.deepEqual([code, stderr, messages.length], [0, '', 1])
    })
  }

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

/**
 * Declares the test of a library whose groups can fail a tuple of theirs: that of `groups` does, where it is `fail`.
 */
export function groupsFailOne(declare: Declare, start: Start, { groups }: Programs): void {
  declare('what a group has failed stays failed, and the rest of it is acked', async (t) => {
    const ended = await start(t, groups).send(setup(), tuple(1, 'fail'), tuple(2, 'a')).end()
    t.deepEqual(told(ended), ['fail "1"', 'emit ["fail","a"]', 'ack "2"'])
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
