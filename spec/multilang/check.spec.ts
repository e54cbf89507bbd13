/** The checker, tried with children that break one rule each: they do all else right. */
import test from 'ava'
import { type CheckReport, checkChild, type Finding } from '../../lib/multilang/check/check.ts'
import type { Kind } from '../../lib/multilang/check/setup.ts'
import { SimulatedClock } from '../../lib/testing/index.ts'
import { answer, type Parts, startWith } from './check-child.ts'

const ANSWER_MS = 4000
const START_MS = 1000
/** More than any check takes. */
const LONG_MS = 3_600_000

interface Options {
  readonly kind?: Kind
  readonly samples?: readonly (readonly unknown[])[]
}

async function check(
  parts: Parts,
  { kind = 'bolt', samples = [['the quick brown fox']] }: Options = {},
): Promise<CheckReport> {
  const clock = new SimulatedClock()
  let isOver = false
  const checked = checkChild({
    command: [],
    kind,
    samples,
    outputs: { default: ['value'] },
    patienceMs: ANSWER_MS,
    startPatienceMs: START_MS,
    ports: { start: startWith(parts, clock), clock },
  }).finally(() => {
    isOver = true
  })
  if (!(await clock.until(() => isOver, LONG_MS))) throw new Error('the check does not end')
  return checked
}

function broken({ findings }: CheckReport): string[] {
  return findings.filter(({ verdict }) => verdict === 'broken').map(({ rule }) => rule)
}

function found({ findings }: CheckReport, rule: string): Finding {
  return findings.find((finding) => finding.rule === rule)!
}

/** The rule is broken, and no other. */
function finds(rule: string, title: string, parts: Parts, why: RegExp, options?: Options): void {
  test(title, async (t) => {
    const report = await check(parts, options)
    t.deepEqual(broken(report), [rule])
    t.is(report.broken, 1)
    t.regex(found(report, rule).why!, why)
  })
}

function notes(rule: string, title: string, parts: Parts, note: RegExp): void {
  test(title, async (t) => {
    const report = await check(parts)
    t.deepEqual(broken(report), [])
    t.is(report.broken, 0)
    t.true(
      found(report, rule).notes.some((text) => note.test(text)),
      found(report, rule).notes.join('\n'),
    )
  })
}

const SPOUT: Options = { kind: 'spout' }

test('a bolt that keeps all rules has none broken', async (t) => {
  t.deepEqual(broken(await check({})), [])
})

/** The next is answered a moment later than whatever comes with it. */
const TWO_AT_ONCE: Parts = {
  onCommand(child, message) {
    if (message.command === 'next') child.after(1, () => answer(child, message))
    else answer(child, message)
  },
}

finds(
  'pipelined',
  'a spout that says it can be sent commands ahead, and works at two at once, is found',
  { ...TWO_AT_ONCE, pid: { pid: 1, pipelining: true } },
  /two commands/,
  SPOUT,
)

test('a spout that works at two commands at once and does not say that it can breaks no rule, and is told of', async (t) => {
  const report = await check(TWO_AT_ONCE, SPOUT)
  t.deepEqual(broken(report), [])
  const { verdict, notes } = found(report, 'pipelined')
  t.is(verdict, 'not tried')
  t.regex(notes.join(), /two commands/)
})

test('a spout that keeps all rules has none broken', async (t) => {
  t.deepEqual(broken(await check({}, SPOUT)), [])
})

finds('handshake', 'a pid that is no number is found', { pid: { pid: 'me' } }, /pid .*"me"/)
finds('handshake', 'a pid of 0 is found', { pid: { pid: 0 } }, /pid .*\b0\b/)
finds('handshake', 'a child that sends no pid is found', { pid: null }, /\bpid\b/)
finds(
  'handshake',
  'a child that dies at once is found, with its last words',
  {
    pid: null,
    atStart(child) {
      child.complain('no such luck')
      child.exit(1)
    },
  },
  /\b1\b.*no such luck/,
)
finds(
  'ids',
  'a bolt that acks what it was never sent is found',
  {
    onTuple(child, { id }) {
      child.send({ command: 'ack', id })
      child.send({ command: 'ack', id: `9${id}9` })
    },
  },
  /never sent/,
)
finds(
  'ids',
  'a bolt that acks a tuple twice is found',
  {
    onTuple(child, { id }) {
      child.send({ command: 'ack', id })
      child.send({ command: 'ack', id })
    },
  },
  /acked "\d+".* before/,
)
finds(
  'ids',
  'a bolt that emits onto a tuple that it has acked is found',
  {
    onTuple(child, { id }) {
      child.send({ command: 'ack', id })
      child.send({ command: 'emit', tuple: [1], anchors: [id], need_task_ids: false })
    },
  },
  /anchored onto "\d+"/,
)
finds('tuples', 'a bolt that neither acks nor fails is found', { onTuple: () => {} }, /open: "1"/)
finds('heartbeat', 'a bolt that answers no heartbeats is found', { onHeartbeat: () => {} }, /\bsync\b/)
finds('tick', 'a bolt that dies at a tick is found', { onTick: (child) => child.exit(3) }, /\b3\b/)
finds(
  'large',
  'a bolt that cuts long texts is found',
  { values: (tuple) => tuple.map((value) => value.slice(0, 65536)) },
  /long text/,
)
finds(
  'text',
  'a bolt that loses all that is not ASCII is found',
  { values: (tuple) => tuple.map((value) => value.replace(/[^\n\t -~]/g, '?')) },
  /was changed/,
)
finds(
  'frames',
  'a frame that is no JSON is found',
  { onTuple: (child, { id }) => child.write(`{'command': 'ack', 'id': '${id}'}\nend\n`) },
  /JSON/,
)
finds(
  'commands',
  'a command that the protocol has not is found',
  {
    onTuple(child, { id }) {
      child.send({ command: 'acknowledge', id })
      child.send({ command: 'ack', id })
    },
  },
  /no command "acknowledge"/,
)
finds('commands', 'an emit whose tuple is no list is found', { values: () => 'text' }, /\blist\b/)
finds('exit', 'a child that goes on after the end of its stdin is found', { atEnd: () => {} }, /\bexits\b/)
finds(
  'verdicts',
  'a spout that does not answer ack and fail is found',
  {
    onCommand(child, message) {
      if (!['ack', 'fail'].includes(message.command)) answer(child, message)
    },
  },
  /\back\b/,
  SPOUT,
)

let asked = 0
finds(
  'ids',
  'a spout that changes the type of a message id is found',
  {
    onCommand(child, { command }) {
      const id = ++asked % 2 === 1 ? 7 : '7'
      if (command === 'next') child.send({ command: 'emit', tuple: [1], id, need_task_ids: false })
      child.send({ command: 'sync' })
    },
  },
  /7"? has become "?7/,
  SPOUT,
)

notes(
  'tuples',
  'text on stdout is noted, and breaks nothing',
  { atStart: (child) => child.write('hello\n') },
  /: hello$/,
)
notes('exit', 'another exit code than 0 is noted', { atEnd: (child) => child.exit(3) }, /\b3\b/)

/** Fails each tuple, with an error that says this. */
const failing = (msg: string): Parts => ({
  onTuple(child, { id }) {
    child.send({ command: 'error', msg })
    child.send({ command: 'fail', id })
  },
})

notes(
  'tuples',
  'tuples that fail are noted, with the error',
  failing('Traceback\nValueError: odd'),
  /: ValueError: odd$/,
)
notes(
  'tuples',
  'an error of JavaScript is noted by its first line, not its trace',
  failing(new TypeError('odd').stack!),
  /: TypeError: odd$/,
)
notes('handshake', 'a missing pid file is noted', {}, /\bno file\b/)

let names = ''
notes(
  'tuples',
  'the fields of the tuples have made-up names unless they are given',
  {
    atStart: (_, { context }) => (names = context['source->stream->fields'].source.default.join()),
    onTuple(child, { id }) {
      child.send({ command: 'error', msg: names })
      child.send({ command: 'fail', id })
    },
  },
  /: value$/,
)

for (const [what, values] of [
  ['splits its texts', ([text]: any[]) => [text.split(' ')[0]]],
  ['changes their case', ([text]: any[]) => [text.toLowerCase()]],
  ['trims them', ([text]: any[]) => [text.trim()]],
] as const)
  notes('text', `a bolt that ${what} breaks no rule`, { values }, /\bseen\b/)

test('a broken rule is shown with the frames before it, cut at 200 characters', async (t) => {
  const report = await check({ onTick: (child) => child.exit(3) }, { samples: [['x'.repeat(1000)]] })
  const { frames } = found(report, 'tick')
  t.true(
    frames.every((frame) => /^[→←] /.test(frame) && frame.length <= 201),
    frames.join('\n'),
  )
  t.regex(frames.at(-1)!, /^→ .*x…$/)
})
