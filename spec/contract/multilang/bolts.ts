/** What the bolts of every language must do. */
import { endOfInput, heartbeat, tick, tupleOf } from '../../../lib/multilang/check/setup.ts'
import { HARD_TEXTS } from '../../../lib/multilang/check/texts.ts'
import { anchorsOf, type Case, emitted, endsQuietly, said, sendAll, settled } from './play.ts'

const VALUES = [
  0,
  -1,
  1.5,
  9007199254740991,
  9007199254740993n,
  -9223372036854775808n,
  123456789012345678901234567890n,
  true,
  false,
  null,
  '',
  'text',
  [],
  {},
  [1, ['two']],
  { deep: { er: [null] } },
  { 'n"1': [18446744073709551615n, '18446744073709551615', 0.5] },
]

function echoes(component: string): Case {
  return {
    component,
    kind: 'bolt',
    title: 'emits what it gets, anchored, and acks it then',
    async play(t, session) {
      await session.up()
      const ids = await sendAll(session, ...VALUES.map((value) => [value]))
      t.deepEqual(
        emitted(session),
        VALUES.map((value) => [value]),
      )
      t.deepEqual(
        said(session, 'emit').map(anchorsOf),
        ids.map((id) => [id]),
      )
      t.deepEqual(
        session.messages.slice(1).map(({ command }) => command),
        ids.flatMap(() => ['emit', 'ack']),
      )
    },
  }
}

function throws(title: string, values: readonly string[], fates: (ids: readonly string[]) => string[]): Case {
  return {
    component: 'throw',
    kind: 'bolt',
    title,
    async play(t, session) {
      await session.up()
      const ids = await sendAll(session, ...values.map((value) => [value]))
      t.deepEqual(settled(session), fates(ids))
      t.deepEqual(
        emitted(session),
        values.filter((value) => value !== 'throw').map((value) => [value]),
      )
      t.true(said(session, 'error').every(({ msg }) => String(msg).includes('thrown on purpose')))
      t.is(said(session, 'error').length, values.filter((value) => value === 'throw').length)
      const commands = session.messages.map(({ command }) => command)
      t.true(commands.indexOf('error') < commands.indexOf('fail'), 'the error comes before the fail')
    },
  }
}

/** Where a component of the contract stands, in a trace. */
const PLACE = /components\.(py|js|rb|ts):\d+|components\.py", line \d+|bolts\.go:\d+/

/** A bolt that is told to have other streams than the one that it emits to. */
function undeclared(component: string, outputs: Readonly<Record<string, readonly string[]>>): Case {
  return {
    component,
    kind: 'bolt',
    outputs,
    title: `fails a tuple for which it emits to a stream that is not among ${Object.keys(outputs).length} declared ones, with the place of the emit, and emits nothing`,
    async play(t, session) {
      await session.up()
      const [id] = await sendAll(session, component === 'direct' ? ['x', 3] : ['x'])
      t.deepEqual(settled(session), [`fail ${id}`])
      t.deepEqual(emitted(session), [])
      const [error] = said(session, 'error')
      t.is(error!['code'], 'UNDECLARED_STREAM')
      t.regex(String(error!['msg']), PLACE)
    },
  }
}

const PLAIN: readonly Case[] = [
  echoes('echo'),
  echoes('classic-echo'),
  {
    component: 'echo',
    kind: 'bolt',
    title: 'gives back text of all kinds as it was',
    async play(t, session) {
      await session.up()
      await sendAll(session, ...HARD_TEXTS.map((text) => [text]))
      t.deepEqual(
        emitted(session),
        HARD_TEXTS.map((text) => [text]),
      )
    },
  },
  {
    component: 'echo',
    kind: 'bolt',
    title: 'takes tuples in their order, however many wait',
    async play(t, session) {
      await session.up()
      const tuples = Array.from({ length: 3000 }, (_, n) => [n])
      const ids = await sendAll(session, ...tuples)
      t.deepEqual(emitted(session), tuples)
      t.deepEqual(
        settled(session),
        ids.map((id) => `ack ${id}`),
      )
    },
  },
  {
    component: 'echo',
    kind: 'bolt',
    title: 'answers heartbeats among tuples, and says nothing about them',
    async play(t, session) {
      await session.up()
      session.sendOwn(heartbeat)
      await sendAll(session, ['a'], ['b'])
      session.sendOwn(heartbeat)
      await session.until('both are answered', () => session.laws.syncs === 2)
      t.deepEqual(emitted(session), [['a'], ['b']])
    },
  },
  {
    component: 'rich',
    kind: 'bolt',
    title: 'acks and fails by itself',
    async play(t, session) {
      await session.up()
      const [dropped, ...ids] = session.sendTuples(['drop'], ['fail'], ['twice'], ['plain'])
      await session.until('three are settled', () => session.laws.open === 1)
      t.is(session.laws.tuples.get(dropped!), 'open')
      t.deepEqual(settled(session), [`fail ${ids[0]}`, `ack ${ids[1]}`, `ack ${ids[2]}`])
      t.deepEqual(emitted(session), [['twice'], ['twice'], ['plain']])
      t.deepEqual(said(session, 'emit').map(anchorsOf), [[ids[1]], [ids[1]], [ids[2]]])
    },
  },
  throws('fails the tuple, with the error before it, when it throws', ['throw'], ([id]) => [`fail ${id}`]),
  throws('goes on with the next tuple after one at which it threw', ['a', 'throw', 'b'], ([a, b, c]) => [
    `ack ${a}`,
    `fail ${b}`,
    `ack ${c}`,
  ]),
  {
    component: 'echo',
    kind: 'bolt',
    title:
      'fails a tuple for which it emits too many values, once and for all, with the place of the emit, and emits nothing',
    async play(t, session) {
      await session.up()
      const [wrong, right] = await sendAll(session, ['a', 'b'], ['c'])
      t.deepEqual(settled(session), [`fail ${wrong}`, `ack ${right}`])
      t.deepEqual(emitted(session), [['c']])
      const [error] = said(session, 'error')
      t.like(error, { permanent: true, code: 'WRONG_VALUES' })
      t.regex(String(error!['msg']), PLACE)
    },
  },
  undeclared('echo', {}),
  undeclared('classic-echo', { other: ['value'] }),
  undeclared('direct', { default: ['value'] }),
  {
    component: 'direct',
    kind: 'bolt',
    title: 'emits to one task, and waits for no list of task ids',
    async play(t, session) {
      await session.up()
      const [id] = await sendAll(session, ['x', 3])
      const [emit] = said(session, 'emit')
      t.like(emit, { stream: 'direct', task: 3, tuple: ['x'] })
      t.deepEqual(anchorsOf(emit), [id!])
    },
  },
  {
    component: 'log',
    kind: 'bolt',
    title: 'sends logs with their levels; what is printed becomes a log, and stderr stays stderr',
    async play(t, session, { trace = 0 }) {
      await session.up()
      await sendAll(session, ['x'])
      await session.until('six logs', () => said(session, 'log').length >= 6 && session.errorLines.length >= 1)
      const logs = said(session, 'log').map(({ msg, level }) => `${level ?? 2} ${msg}`)
      t.deepEqual(
        logs.filter((line) => line.includes('at ')),
        [`${trace} at trace`, '1 at debug', '2 at info', '3 at warn', '4 at error'],
      )
      t.deepEqual(
        logs.filter((line) => !line.includes('at ')),
        ['2 printed'],
      )
      t.deepEqual(session.errorLines, ['complained'])
      t.deepEqual(session.printed, [])
    },
  },
  {
    component: 'metric',
    kind: 'bolt',
    title: 'sends a metric',
    async play(t, session) {
      await session.up()
      await sendAll(session, ['x'])
      t.deepEqual(said(session, 'metrics'), [{ command: 'metrics', name: 'seen', params: 1 }])
    },
  },
  {
    component: 'context',
    kind: 'bolt',
    title: 'knows its place in the topology and its configuration',
    config: { 'a.setting': 'on' },
    async play(t, session) {
      await session.up()
      await sendAll(session, ['x'])
      t.deepEqual(emitted(session), [
        [{ component: 'checked', task: 2, tasks: 3, fields: ['value'], sources: ['source'], setting: 'on' }],
      ])
    },
  },
]

const TASK_IDS: readonly Case[] = [
  {
    component: 'task-ids',
    kind: 'bolt',
    title: 'gets the task ids of each emit, in the order of the emits',
    taskIds: (asked) => [asked, 100 + asked],
    async play(t, session) {
      await session.up()
      await sendAll(session, ['a'], ['b'], ['c'])
      const ids = said(session, 'emit').filter(({ stream }) => stream === 'ids')
      t.deepEqual(
        ids.map((message) => message['tuple']),
        [[[1, 101]], [[2, 102]], [[3, 103]]],
      )
    },
  },
  {
    component: 'task-ids',
    kind: 'bolt',
    title: 'keeps the tuples that come while it waits for task ids',
    async play(t, session) {
      await session.up()
      session.holdsTaskIds = true
      session.sendTuples(['a'], ['b'])
      await session.until('it asks', () => session.asked > 0)
      session.releaseTaskIds(tupleOf(session.nextId(), ['c']), tupleOf(session.nextId(), ['d']))
      await session.until('all are acked', () => session.laws.open === 0)
      const plain = said(session, 'emit').filter(({ stream }) => stream !== 'ids')
      t.deepEqual(
        plain.map((message) => message['tuple']),
        [['a'], ['b'], ['c'], ['d']],
      )
      t.deepEqual([...session.laws.tuples.values()], ['acked', 'acked', 'acked', 'acked'])
    },
  },
  {
    component: 'early',
    kind: 'bolt',
    title: 'emits before its first tuple, and gets the task ids',
    taskIds: () => [4, 5, 6],
    async play(t, session) {
      await session.up()
      await sendAll(session, [])
      t.deepEqual(emitted(session), [['early'], [3]])
      t.deepEqual(anchorsOf(said(session, 'emit')[0]), [])
    },
  },
  {
    component: 'early',
    kind: 'bolt',
    title: 'ends quietly when its stdin is closed while it waits for task ids',
    async play(t, session) {
      session.holdsTaskIds = true
      await session.until('it asks', () => session.asked > 0)
      await endsQuietly(t, session)
    },
  },
]

const OWN: readonly Case[] = [
  {
    component: 'ticks',
    kind: 'bolt',
    title: 'emits without an anchor at a tick',
    async play(t, session) {
      await session.up()
      await sendAll(session, ['a'], ['b'], ['c'])
      session.sendOwn(tick)
      await session.until('it emits', () => session.laws.emits === 1)
      t.deepEqual(emitted(session), [[3]])
      t.deepEqual(anchorsOf(said(session, 'emit')[0]), [])
    },
  },
  {
    component: 'batch',
    kind: 'bolt',
    title: 'processes tuples in groups, a smaller one at a tick, and acks all of a group',
    async play(t, session) {
      await session.up()
      const first = await sendAll(session, ['a'], ['b'], ['c'])
      const second = session.sendTuples(['d'], ['e'])
      session.sendOwn(tick)
      await session.until('the second group is acked', () => session.laws.open === 0)
      t.deepEqual(emitted(session), [[3], [2]])
      t.deepEqual(said(session, 'emit').map(anchorsOf), [first, second])
      t.deepEqual(
        settled(session).sort(),
        [...first, ...second].map((id) => `ack ${id}`),
      )
    },
  },
  {
    component: 'batch',
    kind: 'bolt',
    title: 'fails all of a group in which one throws, and goes on with the next group',
    async play(t, session) {
      await session.up()
      const first = await sendAll(session, ['a'], ['throw'], ['c'])
      const second = await sendAll(session, ['d'], ['e'], ['f'])
      t.deepEqual(settled(session).sort(), [...second.map((id) => `ack ${id}`), ...first.map((id) => `fail ${id}`)])
      t.deepEqual(emitted(session), [[3]])
      t.regex(String(said(session, 'error')[0]?.['msg']), /thrown on purpose/)
    },
  },
  {
    component: 'at-end',
    kind: 'bolt',
    title: 'emits at the end of the input, without an anchor, and acks it then',
    async play(t, session) {
      await session.up()
      t.is(session.pidMessage?.['end_of_input'], true)
      await sendAll(session, ['a'], ['b'])
      const end = session.sendOwn(endOfInput)
      await session.until('it acks the end', () => said(session, 'ack').some((message) => message['id'] === end))
      t.deepEqual(emitted(session), [[2]])
      t.deepEqual(anchorsOf(said(session, 'emit')[0]), [])
      t.deepEqual(
        session.messages.slice(-2).map(({ command }) => command),
        ['emit', 'ack'],
      )
    },
  },
  {
    component: 'at-end',
    kind: 'bolt',
    title: 'does not ask Storm to tell the end of the input',
    isStorm: true,
    async play(t, session) {
      await session.up()
      t.deepEqual(Object.keys(session.pidMessage!), ['pid'])
    },
  },
  {
    component: 'echo',
    kind: 'bolt',
    title: 'does all that it got before its stdin was closed, and ends quietly',
    async play(t, session) {
      await session.up()
      session.sendTuples(...Array.from({ length: 200 }, (_, n) => [n]))
      await endsQuietly(t, session)
      t.is(session.laws.open, 0)
    },
  },
]

/** All of them. */
export const BOLTS: readonly Case[] = [...PLAIN, ...TASK_IDS, ...OWN]
