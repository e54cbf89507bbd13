/** What a bolt's child may say, must not say, and what becomes of its tuples. */
import test from 'ava'
import { isPermanent, testTuple } from '../../lib/index.ts'
import { Histogram, type HistogramData } from '../../lib/stats/histogram.ts'
import { boltHalf, METRIC, TARGETS } from './fakes.ts'

const emit = (more: Readonly<Record<string, unknown>> = {}) => ({ command: 'emit', tuple: ['out'], ...more })

test('tuples count upwards from 1, as texts, with all that is known of them', (t) => {
  const { half, child, execute } = boltHalf()
  execute('a')
  half.execute(testTuple(['b', 2], { component: 'other', stream: 'named', task: 4 }))
  t.deepEqual(child.take(), [
    { id: '1', comp: 'source', stream: 'default', task: 3, tuple: ['a'] },
    { id: '2', comp: 'other', stream: 'named', task: 4, tuple: ['b', 2] },
  ])
})

test("heartbeats and ticks count downwards, and are no tuple of the child's", (t) => {
  const { half, child } = boltHalf()
  half.beat()
  half.execute(testTuple([5], { component: '__system', stream: '__tick', task: -1 }))
  t.deepEqual(child.take(), [
    { id: '-1', comp: null, stream: '__heartbeat', task: -1, tuple: [] },
    { id: '-2', comp: '__system', stream: '__tick', task: -1, tuple: [5] },
  ])
  t.is(half.size, 0)
})

test('an emit goes out with its anchors, its stream and its task', (t) => {
  const { told, execute, says } = boltHalf()
  execute('a')
  execute('b')
  says(
    emit({ anchors: ['1'] }),
    emit({ anchors: ['1', '2'], stream: 'other', tuple: [1, null] }),
    emit({ anchors: ['2'], task: 9 }),
    { command: 'ack', id: '1' },
    { command: 'fail', id: '2' },
  )
  t.deepEqual(told, [
    'emit ["out"] from a on default',
    'emit [1,null] from a+b on other',
    'emit ["out"] from b on default to 9',
    'ack a',
    'fail b',
  ])
})

test('the anchors may be missing, null, an empty list, or one id alone', (t) => {
  const { told, execute, says } = boltHalf()
  execute('a')
  says(emit(), emit({ anchors: null }), emit({ anchors: [] }), emit({ anchors: '1' }))
  t.deepEqual(
    told,
    ['none', 'none', 'none', 'a'].map((from) => `emit ["out"] from ${from} on default`),
  )
})

test('a stream that is null is the default one, a task of 0 is none, and one may be a text', (t) => {
  const { told, says } = boltHalf()
  says(emit({ stream: null, task: null }), emit({ task: 0 }), emit({ task: '0' }), emit({ task: '12' }))
  const plain = 'emit ["out"] from none on default'
  t.deepEqual(told, [plain, plain, plain, `${plain} to 12`])
})

test('task ids are sent for an emit that is not direct, unless it does not want them, in the order of the emits', (t) => {
  const { child, says } = boltHalf()
  says(emit({ task: 9 }), emit({ need_task_ids: false }), { command: 'sync' }, { command: 'log', msg: '' })
  t.deepEqual(child.take(), [], 'a list that nobody asked for would kill some clients')
  says(emit(), emit({ need_task_ids: true }), emit({ need_task_ids: null, task: 0 }))
  t.deepEqual(child.take(), [TARGETS, TARGETS, TARGETS])
})

test('an emit that goes wrong is answered with no tasks, so that the child does not wait for ever', (t) => {
  const { child, says } = boltHalf()
  says(emit({ tuple: [1, 2] }), emit())
  t.deepEqual(child.take(), [[], TARGETS])
})

test('an emit without a tuple is an empty one', (t) => {
  const { errors, says } = boltHalf()
  says({ command: 'emit' })
  t.is(errors.length, 1)
})

test('a child that emits while it initializes gets its task ids', (t) => {
  const { child, told, says, comesUp } = boltHalf()
  child.isUp = false
  says(emit())
  t.deepEqual(child.take(), [TARGETS])
  comesUp()
  t.deepEqual(told, ['emit ["out"] from none on default'])
})

const BAD_IDS: Readonly<Record<string, (id: unknown) => Readonly<Record<string, unknown>>>> = {
  'acked ': (id) => ({ command: 'ack', id }),
  'failed ': (id) => ({ command: 'fail', id }),
  'anchored onto ': (id) => emit({ anchors: ['1', id] }),
}

for (const [what, message] of Object.entries(BAD_IDS)) {
  test(`an id that was never sent, or is finished, breaks the protocol when it is ${what.trim()} (115)`, (t) => {
    const { told, execute, says } = boltHalf()
    execute('a')
    execute('b')
    execute('c')
    says({ command: 'ack', id: '2' }, { command: 'fail', id: '3' })
    for (const id of ['2', '3', '4', 'x', '-1', undefined, 0]) {
      const error = t.throws(() => says(message(id)), { code: 'CHILD_PROTOCOL' })
      t.true(error!.message.includes(`${what}"${id}"`), error!.message)
    }
    t.deepEqual(told, ['ack b', 'fail c'])
  })
}

test("the runtime's own tuples may be acked, failed and anchored onto, again and again", (t) => {
  const { half, told, says } = boltHalf()
  half.beat()
  half.execute(testTuple([5], { component: '__system', stream: '__tick', task: -1 }))
  for (const id of ['-1', '-2', -2, '-1'])
    says({ command: 'ack', id }, { command: 'fail', id }, emit({ anchors: [id] }))
  t.deepEqual([...new Set(told)], ['emit ["out"] from none on default'])
  t.throws(() => says({ command: 'ack', id: '-3' }), { code: 'CHILD_PROTOCOL' })
})

test('an id may be a number', (t) => {
  const { told, execute, says } = boltHalf()
  execute('a')
  says(emit({ anchors: [1] }), { command: 'ack', id: 1 })
  t.deepEqual(told, ['emit ["out"] from a on default', 'ack a'])
})

test('a wrong number of values, or an undeclared stream, fails the anchors; a later ack of them is borne', (t) => {
  for (const wrong of [{ tuple: [1, 2] }, { stream: 'nowhere' }]) {
    const { told, errors, reasons, execute, says } = boltHalf()
    execute('a')
    execute('b')
    says(emit({ anchors: ['1', '2'], ...wrong }), { command: 'ack', id: '1' }, { command: 'fail', id: '2' })
    const { code } = errors[0]!
    t.true(['WRONG_VALUES', 'UNDECLARED_STREAM'].includes(code))
    t.deepEqual(told, [`error ${code}`, `fail a ${code}`, `fail b ${code}`])
    t.is(reasons[0], errors[0])
  }
})

test('what is anchored to a tuple that has failed so is left out, and takes no other tuple with it', (t) => {
  const { told, errors, execute, says } = boltHalf()
  execute('a')
  execute('b')
  says(emit({ anchors: ['1'], tuple: [] }), emit({ anchors: ['1'] }), emit({ anchors: ['1', '2'] }))
  says({ command: 'ack', id: '1' }, { command: 'ack', id: '2' })
  t.is(errors.length, 1)
  t.deepEqual(told.slice(1), ['fail a WRONG_VALUES', 'emit ["out"] from b on default', 'ack b'])
})

test('emits that make no sense break the protocol', (t) => {
  const { says } = boltHalf()
  for (const wrong of [{ tuple: 'a' }, { tuple: null }, { stream: 5 }, { task: 'x' }, { task: 1.5 }])
    t.throws(() => says(emit(wrong)), { code: 'CHILD_PROTOCOL' })
})

test('what a child reports before it fails tuples is the reason, for all of them', (t) => {
  const { errors, reasons, execute, says } = boltHalf()
  for (const value of ['a', 'b', 'c', 'd']) execute(value)
  says({ command: 'error', msg: 'no such key' }, { command: 'fail', id: '1' }, { command: 'fail', id: '2' })
  says({ command: 'ack', id: '3' }, { command: 'fail', id: '4' })
  t.is(errors[0]!.code, 'CHILD_ERROR')
  t.is(errors[0]!.message, 'no such key')
  t.deepEqual(reasons, [errors[0], errors[0], undefined])
})

test('a child that says that its error is permanent makes it one, and no other value does', (t) => {
  const { reasons, execute, says } = boltHalf()
  for (const value of ['a', 'b']) execute(value)
  says({ command: 'error', msg: 'no such customer', permanent: true }, { command: 'fail', id: '1' })
  says({ command: 'error', msg: 'later perhaps', permanent: 'yes' }, { command: 'fail', id: '2' })
  t.deepEqual(reasons.map(isPermanent), [true, false])
})

test('an error that names no tuple is shown, and fails none', (t) => {
  const { told, execute, says } = boltHalf()
  execute('a')
  says({ command: 'error', msg: { odd: true } }, emit({ anchors: ['1'] }), { command: 'ack', id: '1' })
  t.deepEqual(told, ['error CHILD_ERROR', 'emit ["out"] from a on default', 'ack a'])
})

test('a registered metric is counted (114)', (t) => {
  const { context, errors, says } = boltHalf()
  for (const params of [1, 2, undefined]) says({ command: 'metrics', name: METRIC, params })
  t.is(context.metrics.counted[METRIC], 4)
  t.deepEqual(errors, [])
})

test('registered metrics are what they are registered as', (t) => {
  const { context, errors, says } = boltHalf()
  for (const params of [7, 5]) says({ command: 'metrics', name: 'waiting lines', params })
  for (const params of [1, 3]) says({ command: 'metrics', name: 'milliseconds', params })
  t.deepEqual(context.metrics.readGauges(), { 'waiting lines': 5 })
  t.deepEqual(valuesOf(context.metrics.histograms['milliseconds']!), { count: 2, p50: 1, most: 3 })
  t.deepEqual(errors, [])
})

test('a metric that is unknown, has no name or no number is an error of the component (114)', (t) => {
  const { context, errors, says } = boltHalf()
  says({ command: 'metrics', name: 'sene', params: 1 }, { command: 'metrics', name: '' }, { command: 'metrics' })
  says({ command: 'metrics', name: METRIC, params: { a: 1 } })
  t.deepEqual(
    errors.map(({ code }) => code),
    ['UNKNOWN_METRIC', 'UNKNOWN_METRIC', 'UNKNOWN_METRIC', 'CHILD_PROTOCOL'],
  )
  t.regex(errors[0]!.message, /"sene"/)
  says({ command: 'metrics', name: METRIC, params: -1 })
  t.like(context.metrics.counted, { [METRIC]: 0 })
})

test('a log has the level that the child says, and INFO where it says none or an odd one', (t) => {
  const { context, says } = boltHalf()
  for (const level of [0, 1, 2, 3, 4, '3', undefined, null, 9, 'loud']) says({ command: 'log', msg: 'm', level })
  const levels = context.logs.map(({ level }) => level)
  t.deepEqual(levels, ['debug', 'debug', 'info', 'warn', 'error', 'warn', 'info', 'info', 'info', 'info'])
})

test('an unknown command is passed over, and told once, for it may be misspelt', (t) => {
  const { told, says, execute, context } = boltHalf()
  execute('a')
  says({ command: 'dance' }, {}, { command: 5 }, { command: 'sync' }, { command: 'sync' }, { command: 'ack', id: '1' })
  says({ command: 'dance' })
  t.deepEqual(told, ['ack a'])
  t.deepEqual(
    context.logs.filter(({ level }) => level === 'warn').map(({ message }) => /command (.*) are/.exec(message)![1]),
    ['"dance"', 'undefined', '5'],
  )
})

test('when a child dies its tuples fail at once, with the reason, and what is said of them later is not heard', (t) => {
  const { half, told, reasons, execute, says, dies, comesUp } = boltHalf()
  for (const value of ['a', 'b', 'c']) execute(value)
  says({ command: 'ack', id: '2' })
  dies()
  t.deepEqual(told, ['ack b', 'error CHILD_EXITED', 'fail a CHILD_EXITED', 'fail c CHILD_EXITED'])
  t.regex(reasons[0]!.message, /^it exited$/)
  t.is(half.size, 0)
  comesUp()
  t.throws(() => says({ command: 'ack', id: '1' }), { code: 'CHILD_PROTOCOL' })
})

test('ids are not used again for the next child', (t) => {
  const { child, execute, dies, comesUp } = boltHalf()
  execute('a')
  dies()
  comesUp()
  child.take()
  execute('b')
  t.is(child.take()[0].id, '2')
})

test('a value that cannot be encoded throws, was not sent, and its id is used for the next tuple', (t) => {
  const { half, child, execute } = boltHalf()
  t.throws(() => execute(Number.NaN), { code: 'CANNOT_ENCODE' })
  t.is(half.size, 0)
  execute('a')
  t.deepEqual(
    child.take().map(({ id }) => id),
    ['1'],
  )
})

function valuesOf(data: HistogramData) {
  const histogram = new Histogram()
  histogram.add(data)
  const { p50, max } = histogram.percentilesMs()
  return { count: histogram.total, p50: Math.round(p50), most: Math.round(max) }
}
