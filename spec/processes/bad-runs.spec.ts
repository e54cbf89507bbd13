/**
 * Topologies that are well defined and meet trouble as they run: each trouble has its message and its code, and loses
 * nothing.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ErrorCode } from '../../lib/errors/catalogue.ts'
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

const folder = mkdtempSync(join(tmpdir(), 'typhoon-trouble-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

function argsOf(fault: string, config: Readonly<Record<string, unknown>> = {}): string[] {
  const letters = { 'topology.dead.letters.file': join(folder, `${fault}.jsonl`) }
  const flags = [...variables({ fault, count: String(COUNT) }), ...configured({ ...letters, ...config })]
  return ['run', topologyFile('faulty'), '--json', ...flags]
}

/** The dead letters of a run. */
function lettersOf(fault: string): any[] {
  const lines = readFileSync(join(folder, `${fault}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map((line) => JSON.parse(line))
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
    says: /nextTuple threw 3 times in a row; the last time: the queue is closed/,
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

interface Survived {
  readonly fault: string
  readonly what: string
  readonly code: ErrorCode
  readonly says: RegExp
  /** What the dead letter tells; without it there is none. */
  readonly letter?: { readonly values: unknown; readonly attempts: number }
}

const SURVIVED: readonly Survived[] = [
  {
    fault: 'once',
    what: 'a spout that throws in nextTuple once',
    code: 'COMPONENT_FAILED',
    says: /the queue is closed/,
  },
  {
    fault: 'throw',
    what: 'a bolt that throws in execute',
    code: 'EXECUTE_FAILED',
    says: /3 is not wanted here/,
    letter: { values: { n: 3 }, attempts: 2 },
  },
  {
    fault: 'function',
    what: 'a function as a value',
    code: 'CANNOT_ENCODE',
    says: /function/,
    letter: { values: { n: 3 }, attempts: 2 },
  },
  {
    fault: 'symbol',
    what: 'a symbol as a value',
    code: 'CANNOT_ENCODE',
    says: /symbol/,
    letter: { values: { n: 3 }, attempts: 2 },
  },
  {
    fault: 'circular',
    what: 'a circular value',
    code: 'CANNOT_ENCODE',
    says: /circ/,
    letter: { values: { n: 3 }, attempts: 2 },
  },
  {
    fault: 'large',
    what: 'a tuple larger than a frame',
    code: 'TUPLE_TOO_LARGE',
    says: /does not fit into a frame of 655\d\d bytes/,
    letter: { values: { n: 3 }, attempts: 2 },
  },
]

for (const { fault, what, code, says, letter } of SURVIVED) {
  test.serial(`${what} is told as ${code}, every other tuple is acked, and the topology completes`, async (t) => {
    const ended = await typhoon(argsOf(fault, { 'topology.frame.max.bytes': 65_536 }))
    t.is(ended.code, 0, ended.stderr)
    t.deepEqual(uniqueCodes(ended), [code])
    t.regex(ended.stderr, says)
    t.deepEqual(stackLines(ended), [])
    const { status, roots } = reportOf(ended)
    t.is(status, 'completed')
    t.is(roots.acked, letter === undefined ? COUNT : COUNT - 1)
    t.is(roots.deadLettered, letter === undefined ? 0 : 1)
    if (letter === undefined) t.false(existsSync(join(folder, `${fault}.jsonl`)))
    else {
      const [found, ...others] = lettersOf(fault)
      t.deepEqual(others, [])
      t.deepEqual({ values: found.values, attempts: found.attempts }, letter)
      t.regex(found.lastError, says)
    }
  })
}

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
      t.regex(ended.stderr, /cannot be written to \/dev\/full: ENOSPC/)
      t.deepEqual(stackLines(ended), [])
      const { status, problem, roots } = reportOf(ended)
      t.deepEqual([status, problem.code], ['failed', 'DEAD_LETTER_FAILED'])
      t.deepEqual([roots.acked, roots.deadLettered], [COUNT - 1, 0])
      const [, letter] = /dead letter that could not be written: (\{.*\})/.exec(ended.stderr) ?? []
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
