/**
 * Topologies that are well defined and meet trouble as they run: each trouble has its message and its code, and loses
 * nothing.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import type { ErrorCode } from '../../lib/errors/catalogue.ts'
import { sharedFolder } from '../folder.ts'
import { jsonLinesIn } from '../json-lines.ts'
import {
  CliRun,
  codesOf,
  configured,
  type Ended,
  reportOf,
  stackLines,
  topologyFile,
  typhoon,
  variables,
} from './cli.ts'

const COUNT = 10

const folder = sharedFolder()

function argsOf(fault: string, config: Readonly<Record<string, unknown>> = {}): string[] {
  const letters = { 'topology.dead.letters.file': join(folder, `${fault}.jsonl`) }
  const flags = [...variables({ fault, count: String(COUNT) }), ...configured({ ...letters, ...config })]
  return ['run', topologyFile('faulty'), '--json', ...flags]
}

/** The dead letters of a run. */
function lettersOf(fault: string): any[] {
  return jsonLinesIn(join(folder, `${fault}.jsonl`))
}

function uniqueCodes(ended: Ended): string[] {
  return [...new Set(codesOf(ended))]
}

for (const [what, options, named] of [
  ['an option that Node.js does not know ends', ['--no-such-option'], /--no-such-option/],
  ['a module that is missing where an option names it ends', ['--import', './no-such.mjs'], /no-such\.mjs/],
  ['a package that is missing where an option names it ends', ['--import=no-such-package'], /no-such-package/],
  ['a script that is missing where an option names it ends', ['-r', './no-such.cjs'], /no-such\.cjs/],
] as const)
  test(`${what} the run at the first start of a worker`, async (t) => {
    const ended = await typhoon(argsOf('none', { 'topology.worker.childopts': options }))
    t.is(ended.code, 1)
    t.deepEqual(uniqueCodes(ended), ['BAD_CONFIG'])
    const { message, where } = reportOf(ended).problem!
    t.regex(message, named)
    t.is(where.key, 'topology.worker.childopts')
    t.notRegex(ended.stderr, /started again/)
  })

interface Fatal {
  readonly fault: string
  readonly what: string
  readonly code: ErrorCode
  readonly says: RegExp
  readonly in: RegExp
  readonly config?: Readonly<Record<string, unknown>>
}

const FATAL: readonly Fatal[] = [
  {
    fault: 'prepare',
    what: 'a bolt that throws in prepare',
    code: 'COMPONENT_FAILED',
    says: /the database does not answer/,
    in: /component faulty, task \d+, worker 2/,
  },
  {
    fault: 'open',
    what: 'a spout that throws in open',
    code: 'COMPONENT_FAILED',
    says: /the queue does not exist/,
    in: /component numbers, task \d+, worker 1/,
  },
  {
    fault: 'end',
    what: 'a bolt that throws in endOfInput',
    code: 'COMPONENT_FAILED',
    says: /the report cannot be written/,
    in: /component faulty, task \d+, worker 2/,
  },
  {
    fault: 'always',
    what: 'a spout that throws in nextTuple every time',
    code: 'COMPONENT_FAILED',
    says: /nextTuple .*\b3\b.*the queue is closed/,
    in: /component numbers, task \d+, worker 1/,
    config: { 'topology.spout.error.limit': 3 },
  },
]

for (const { fault, what, code, says, in: place, config } of FATAL) {
  test.serial(`${what} fails the topology with ${code}, and the exit code is 1`, async (t) => {
    const ended = await typhoon(argsOf(fault, config))
    t.is(ended.code, 1, ended.stderr)
    t.deepEqual(uniqueCodes(ended), [code])
    t.regex(ended.stderr, says)
    t.regex(ended.stderr, place)
    t.deepEqual(stackLines(ended), [])
    const { status, problem } = reportOf(ended)
    t.is(status, 'failed')
    t.is(problem.code, code)
  })
}

test.serial('a spout that throws in nextTuple once is told, and every tuple is acked', async (t) => {
  const ended = await typhoon(argsOf('once'))
  t.is(ended.code, 0, ended.stderr)
  t.deepEqual(uniqueCodes(ended), ['COMPONENT_FAILED'])
  t.regex(ended.stderr, /the queue is closed/)
  t.deepEqual(stackLines(ended), [])
  const { status, roots } = reportOf(ended)
  t.deepEqual([status, roots.acked, roots.deadLettered], ['completed', COUNT, 0])
  t.false(existsSync(join(folder, 'once.jsonl')))
})

/** What the bolt of the fault `several` does, by the number with which it comes. */
const SURVIVED: readonly { readonly n: number; readonly code: ErrorCode; readonly says: RegExp }[] = [
  { n: 3, code: 'EXECUTE_FAILED', says: /3 is not wanted here/ },
  { n: 4, code: 'CANNOT_ENCODE', says: /function/ },
  { n: 5, code: 'CANNOT_ENCODE', says: /symbol/ },
  { n: 6, code: 'CANNOT_ENCODE', says: /circ/ },
  { n: 7, code: 'TUPLE_TOO_LARGE', says: /\b655\d\d bytes/ },
]

test.serial(
  'what a bolt throws, and values that cannot be sent, become dead letters; every other tuple is acked, and the topology completes',
  async (t) => {
    const ended = await typhoon(argsOf('several', { 'topology.frame.max.bytes': 65_536 }))
    t.is(ended.code, 0, ended.stderr)
    t.deepEqual(new Set(codesOf(ended)), new Set(SURVIVED.map(({ code }) => code)))
    t.deepEqual(stackLines(ended), [])
    const { status, roots } = reportOf(ended)
    t.deepEqual([status, roots.acked, roots.deadLettered], ['completed', COUNT - SURVIVED.length, SURVIVED.length])
    const letters = new Map(lettersOf('several').map((letter) => [letter.values.n, letter]))
    t.deepEqual(
      [...letters.keys()].sort(),
      SURVIVED.map(({ n }) => n),
    )
    for (const { n, code, says } of SURVIVED) {
      t.is(letters.get(n).attempts, 2)
      t.regex(letters.get(n).lastError, says)
      t.regex(ended.stderr, new RegExp(`^error\\[${code}\\]: .*${says.source}`, 'm'))
    }
  },
)

test.serial('a value of a spout that cannot be sent becomes a dead letter, and the topology completes', async (t) => {
  const ended = await typhoon(argsOf('unsendable'))
  t.is(ended.code, 0, ended.stderr)
  t.deepEqual(stackLines(ended), [])
  const { status, roots } = reportOf(ended)
  t.deepEqual([status, roots.acked, roots.deadLettered], ['completed', COUNT, 1])
  t.regex(lettersOf('unsendable')[0].lastError, /circ/)
})

test.serial('a port that is taken is told as PORT_TAKEN, and no worker is started', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const ended = await typhoon(argsOf('none', { 'topology.nimbus.port': port }))
  t.is(ended.code, 1, ended.stderr)
  t.deepEqual(codesOf(ended), ['PORT_TAKEN'])
  t.true(ended.stderr.includes(String(port)))
  t.deepEqual(stackLines(ended), [])
  const { status, problem } = reportOf(ended)
  t.deepEqual([status, problem.code], ['failed', 'PORT_TAKEN'])
})

if (existsSync('/dev/full')) {
  test.serial(
    'a full disk under the dead letters fails the topology in the end, and the letter goes to the log',
    async (t) => {
      const config = { 'topology.dead.letters.file': '/dev/full', 'topology.spout.error.limit': 3 }
      const ended = await typhoon(argsOf('throw', config))
      t.is(ended.code, 1, ended.stderr)
      t.deepEqual(uniqueCodes(ended).sort(), ['DEAD_LETTER_FAILED', 'EXECUTE_FAILED'])
      t.regex(ended.stderr, /\/dev\/full: ENOSPC/)
      t.deepEqual(stackLines(ended), [])
      const { status, problem, roots } = reportOf(ended)
      t.deepEqual([status, problem.code], ['failed', 'DEAD_LETTER_FAILED'])
      t.deepEqual([roots.acked, roots.deadLettered], [COUNT - 1, 0])
      const [, letter] = /: (\{.*\})$/m.exec(ended.stderr) ?? []
      t.deepEqual(JSON.parse(letter!).values, { n: 3 })
    },
  )
}

test.serial('dead letters that cannot be written are kept until they can be', async (t) => {
  const blocked = join(folder, 'blocked')
  writeFileSync(blocked, 'a file where a folder should be')
  const run = new CliRun(argsOf('throw', { 'topology.dead.letters.file': join(blocked, 'letters.jsonl') }))
  await run.line(/^error\[DEAD_LETTER_FAILED\]/)
  rmSync(blocked)
  const ended = await run.ended
  t.is(ended.code, 0, ended.stderr)
  const { status, roots } = reportOf(ended)
  t.deepEqual([status, roots.acked, roots.deadLettered], ['completed', COUNT - 1, 1])
  t.deepEqual(JSON.parse(readFileSync(join(blocked, 'letters.jsonl'), 'utf8')).values, { n: 3 })
})

test.serial('an empty input file is input that has ended: the topology completes without a root', async (t) => {
  const input = join(folder, 'empty.txt')
  writeFileSync(input, '')
  const ended = await typhoon(['run', 'topologies/word-count.yaml', '--json', ...variables({ input })])
  t.is(ended.code, 0, ended.stderr)
  t.deepEqual(codesOf(ended), [])
  const { status, roots } = reportOf(ended)
  t.deepEqual([status, roots.emitted, roots.acked], ['completed', 0, 0])
})

test.serial('input files that do not exist are told as FILE_NOT_FOUND', async (t) => {
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  const ended = await typhoon(['run', 'topologies/word-count.yaml', ...variables({ input: join(empty, '*.txt') })])
  t.is(ended.code, 3, ended.stderr)
  t.deepEqual(codesOf(ended), ['FILE_NOT_FOUND'])
  t.true(ended.stderr.includes('*.txt'))
  t.deepEqual(stackLines(ended), [])
})
