/** The checker, tried with children that break one rule each: small programs that do all else right. */
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { execute } from '../../lib/command/main.ts'
import { DONE, FAILED, WRONG_USAGE } from '../../lib/command/terminal/exit-codes.ts'
import type { CheckReport, Finding } from '../../lib/multilang/check/check.ts'
import { BOUND_MS } from '../bound.ts'
import { fakeTerminal } from '../command/parts.ts'

/** A child that keeps all rules; each flaw is one of its parts, exchanged. */
interface Parts {
  /** Expressions. */
  readonly pid?: string
  readonly values?: string
  /** Statements; `message` is what came. */
  readonly onTuple?: string
  readonly onHeartbeat?: string
  readonly onTick?: string
  readonly onCommand?: string
  readonly atStart?: string
  readonly atEnd?: string
}

function program(parts: Parts): string {
  const {
    pid = '{ pid: process.pid }',
    values = 'message.tuple',
    onTuple = `send({ command: 'emit', tuple: ${values}, anchors: [message.id], need_task_ids: false }); send({ command: 'ack', id: message.id })`,
    onHeartbeat = `send({ command: 'sync' })`,
    onTick = `send({ command: 'ack', id: message.id })`,
    onCommand = `if (message.command === 'next') send({ command: 'emit', tuple: [1], id: 7, need_task_ids: false })\nsend({ command: 'sync' })`,
    atStart = '',
    atEnd = '',
  } = parts
  const runtime = fileURLToPath(new URL('./check-child.js', import.meta.url))
  return `
    import { child } from ${JSON.stringify(runtime)}
    child((message, send, write) => {
      if ('context' in message) { ${atStart}; const first = ${pid}; if (first) send(first) }
      else if ('command' in message) { ${onCommand} }
      else if (message.comp === null) { ${onHeartbeat} }
      else if (message.task < 0) { ${onTick} }
      else { ${onTuple} }
    }, () => { ${atEnd} })`
}

interface Checked {
  readonly code: number
  readonly report: CheckReport
}

async function check(parts: Parts, ...flags: readonly string[]): Promise<Checked> {
  const { terminal, stdout } = fakeTerminal()
  const command = [process.execPath, '--input-type=module', '--eval', program(parts)]
  const patient = ['--timeout', `${BOUND_MS / 1000}`, '--start-timeout', `${BOUND_MS / 1000}`]
  const code = await execute(['multilang', 'check', '--json', ...patient, ...flags, '--', ...command], terminal)
  return { code, report: JSON.parse(stdout.text) as CheckReport }
}

function broken({ report }: Checked): string[] {
  return report.findings.filter(({ verdict }) => verdict === 'broken').map(({ rule }) => rule)
}

function found({ report }: Checked, rule: string): Finding {
  return report.findings.find((finding) => finding.rule === rule)!
}

/** The rule is broken, and no other. */
function finds(rule: string, title: string, parts: Parts, why: RegExp, ...flags: readonly string[]): void {
  test.serial(title, async (t) => {
    const checked = await check(parts, ...flags)
    t.deepEqual(broken(checked), [rule])
    t.is(checked.code, FAILED)
    t.regex(found(checked, rule).why!, why)
  })
}

function notes(rule: string, title: string, parts: Parts, note: RegExp): void {
  test.serial(title, async (t) => {
    const checked = await check(parts)
    t.deepEqual(broken(checked), [])
    t.is(checked.code, DONE)
    t.true(
      found(checked, rule).notes.some((text) => note.test(text)),
      found(checked, rule).notes.join('\n'),
    )
  })
}

/** For flaws that show only in silence. How long the child takes to start is no part of it. */
const HASTY = ['--timeout', '4']

test.serial('a bolt that keeps all rules has none broken', async (t) => {
  const checked = await check({})
  t.deepEqual(broken(checked), [])
  t.is(checked.code, DONE)
})

/** The next is answered a moment later than whatever comes with it. */
const TWO_AT_ONCE = `if (message.command !== 'next') send({ command: 'sync' })
  else setTimeout(() => {
    send({ command: 'emit', tuple: [1], id: 7, need_task_ids: false })
    send({ command: 'sync' })
  }, 1)`

finds(
  'pipelined',
  'a spout that says it can be sent commands ahead, and works at two at once, is found',
  { pid: '{ pid: process.pid, pipelining: true }', onCommand: TWO_AT_ONCE },
  /two commands at once/,
  '--spout',
)

test.serial(
  'a spout that works at two commands at once and does not say that it can breaks no rule, and is told of',
  async (t) => {
    const checked = await check({ onCommand: TWO_AT_ONCE }, '--spout')
    t.deepEqual(broken(checked), [])
    const { verdict, notes } = found(checked, 'pipelined')
    t.is(verdict, 'not tried')
    t.regex(notes.join(), /two commands at once/)
  },
)

test.serial('a spout that keeps all rules has none broken', async (t) => {
  const checked = await check({}, '--spout')
  t.deepEqual(broken(checked), [])
  t.is(checked.code, DONE)
})

finds('handshake', 'a pid that is no number is found', { pid: `{ pid: 'me' }` }, /the pid is "me"/)
finds('handshake', 'a pid of 0 is found', { pid: '{ pid: 0 }' }, /the pid is 0/)
finds('handshake', 'a child that sends no pid is found', { pid: 'undefined' }, /until the pid/, '--start-timeout', '1')
finds(
  'handshake',
  'a child that dies at once is found, with its last words',
  { atStart: `process.stderr.write('no such luck\\n', () => process.exit(1))`, pid: 'undefined' },
  /exited with code 1 .*no such luck/,
)
finds(
  'ids',
  'a bolt that acks what it was never sent is found',
  { onTuple: `send({ command: 'ack', id: message.id }); send({ command: 'ack', id: '9' + message.id + '9' })` },
  /never sent/,
)
finds(
  'ids',
  'a bolt that acks a tuple twice is found',
  { onTuple: `send({ command: 'ack', id: message.id }); send({ command: 'ack', id: message.id })` },
  /acked "\d+", which it had acked before/,
)
finds(
  'ids',
  'a bolt that emits onto a tuple that it has acked is found',
  {
    onTuple: `send({ command: 'ack', id: message.id }); send({ command: 'emit', tuple: [1], anchors: [message.id], need_task_ids: false })`,
  },
  /anchored onto "\d+"/,
)
finds('tuples', 'a bolt that neither acks nor fails is found', { onTuple: '' }, /open: "1"/, ...HASTY)
finds('heartbeat', 'a bolt that answers no heartbeats is found', { onHeartbeat: '' }, /until a sync comes/, ...HASTY)
finds('tick', 'a bolt that dies at a tick is found', { onTick: 'process.exit(3)' }, /exited with code 3/)
finds(
  'large',
  'a bolt that cuts long texts is found',
  { values: `message.tuple.map((value) => value.slice(0, 65536))` },
  /the long text was changed/,
)
finds(
  'text',
  'a bolt that loses all that is not ASCII is found',
  { values: `message.tuple.map((value) => value.replace(/[^\\n\\t -~]/g, '?'))` },
  /was changed/,
)
finds(
  'frames',
  'a frame that is no JSON is found',
  { onTuple: `write("{'command': 'ack', 'id': '" + message.id + "'}\\nend\\n")` },
  /JSON/,
)
finds(
  'commands',
  'a command that the protocol has not is found',
  { onTuple: `send({ command: 'acknowledge', id: message.id }); send({ command: 'ack', id: message.id })` },
  /no command "acknowledge"/,
)
finds('commands', 'an emit whose tuple is no list is found', { values: `'text'` }, /no list/)
finds(
  'exit',
  'a child that goes on after the end of its stdin is found',
  { atEnd: 'setInterval(() => {}, 1000)' },
  /until the child exits/,
  ...HASTY,
)
finds(
  'verdicts',
  'a spout that does not answer ack and fail is found',
  {
    onCommand: `if (message.command === 'next') send({ command: 'emit', tuple: [1], id: 7, need_task_ids: false })
      if (!['ack', 'fail'].includes(message.command)) send({ command: 'sync' })`,
  },
  /until ack is answered/,
  '--spout',
  ...HASTY,
)
finds(
  'ids',
  'a spout that changes the type of a message id is found',
  {
    onCommand: `if (message.command === 'next') send({ command: 'emit', tuple: [1], id: (globalThis.odd = !globalThis.odd) ? 7 : '7', need_task_ids: false })
      send({ command: 'sync' })`,
  },
  /7 has become "7"/,
  '--spout',
)

notes(
  'tuples',
  'text on stdout is noted, and breaks nothing',
  { atStart: `write('hello\\n')` },
  /printed to stdout: hello/,
)
notes('exit', 'another exit code than 0 is noted', { atEnd: 'process.exit(3)' }, /exited with code 3/)
notes(
  'tuples',
  'tuples that fail are noted, with the error',
  {
    onTuple: `send({ command: 'error', msg: 'Traceback\\nValueError: odd' }); send({ command: 'fail', id: message.id })`,
  },
  /EVERY TUPLE FAILED.*: ValueError: odd$/,
)
notes(
  'tuples',
  'an error of JavaScript is noted by its first line, not its trace',
  {
    onTuple: `send({ command: 'error', msg: new TypeError('odd').stack }); send({ command: 'fail', id: message.id })`,
  },
  /: TypeError: odd$/,
)
notes('handshake', 'a missing pid file is noted', {}, /no file of that name/)

notes(
  'tuples',
  'the fields of the tuples have made-up names unless they are given',
  {
    atStart: `globalThis.names = message.context['source->stream->fields'].source.default`,
    onTuple: `send({ command: 'error', msg: names.join() }); send({ command: 'fail', id: message.id })`,
  },
  /: value$/,
)

for (const [what, values] of [
  ['splits its texts', `[message.tuple[0].split(' ')[0]]`],
  ['changes their case', '[message.tuple[0].toLowerCase()]'],
  ['trims them', '[message.tuple[0].trim()]'],
] as const)
  notes('text', `a bolt that ${what} breaks no rule`, { values }, /cannot be seen/)

test.serial('a command that cannot be started is found', async (t) => {
  const { terminal, stdout } = fakeTerminal()
  t.is(await execute(['multilang', 'check', '--', './no-such-program'], terminal), FAILED)
  t.regex(stdout.text, /✗ handshake.*\n.*could not be started/)
})

test.serial('a broken rule is shown with the frames before it, cut at 200 characters', async (t) => {
  const { report } = await check({ onTick: 'process.exit(3)' }, '--tuple', JSON.stringify(['x'.repeat(1000)]))
  const { frames } = found({ code: 1, report }, 'tick')
  t.true(
    frames.every((frame) => /^[→←] /.test(frame) && frame.length <= 201),
    frames.join('\n'),
  )
  t.regex(frames.at(-1)!, /^→ .*x…$/)
})

for (const [title, argv] of [
  ['no command', []],
  ['a tuple that is no list', ['--tuple', '{}', '--', 'true']],
  ['a timeout that is no number', ['--timeout', 'soon', '--', 'true']],
  ['a time to start of nothing', ['--start-timeout', '0', '--', 'true']],
] as const) {
  test(`${title} is wrong usage`, async (t) => {
    const { terminal, stdout } = fakeTerminal()
    t.is(await execute(['multilang', 'check', ...argv], terminal), WRONG_USAGE)
    t.is(stdout.text, '')
  })
}
