import test from 'ava'
import fc from 'fast-check'
import { TyphoonError, toProblem } from '../../lib/errors/typhoon-error.ts'
import { parseFromWorker, parseLifeline, parseToWorker } from '../../lib/messaging/control.ts'

const TOLD = { how: 'blocked', ends: false, tasks: [{ task: 1, component: 'a', counters: [1, 2.5] }] }

test('a line of the lifeline that the watching thread has written is read', (t) => {
  t.deepEqual(parseLifeline(JSON.stringify(TOLD)), TOLD)
})

test('so is the last word of a worker that a component has ended', (t) => {
  const ended = { code: 'COMPONENT_FAILED', message: 'it called process.exit(7)', where: { component: 'a', task: 2 } }
  t.deepEqual(parseLifeline(JSON.stringify({ ended, tasks: [] })), { ended, tasks: [] } as never)
  t.is(parseLifeline(JSON.stringify({ tasks: [], ended: { ...ended, code: 'NO_SUCH_CODE' } })), undefined)
})

test('no text ends the process that reads the lifeline: what is torn, or of another shape, is nothing', (t) => {
  const line = JSON.stringify(TOLD)
  for (let at = 0; at < line.length; at++) {
    t.is(parseLifeline(line.slice(0, at)), undefined)
    if (at > 0) t.is(parseLifeline(line.slice(at)), undefined)
  }
  const task = TOLD.tasks[0]
  for (const other of [
    { ...TOLD, how: 1 },
    { ...TOLD, ends: 'yes' },
    { ...TOLD, tasks: {} },
    { ...TOLD, tasks: [null] },
    { ...TOLD, tasks: [{ ...task, task: 1.5 }] },
    { ...TOLD, tasks: [{ ...task, component: 3 }] },
    { ...TOLD, tasks: [{ ...task, counters: [null] }] },
  ])
    t.is(parseLifeline(JSON.stringify(other)), undefined)
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => parseLifeline(text) === undefined))
})

test('whatever an error names as its place, a worker can report it', (t) => {
  const places = ['file', 'line', 'component', 'stream', 'task', 'field', 'batch', 'path', 'elsewhere']
  const where = fc.dictionary(fc.constantFrom(...places), fc.anything({ withNullPrototype: true, withBigInt: true }))
  fc.assert(
    fc.property(where, (place) => {
      const problem = toProblem(new TyphoonError('UNKNOWN_FIELD', 'there is no such field', { where: place }))
      const message = { type: 'problem', problem }
      t.deepEqual(parseFromWorker(JSON.parse(JSON.stringify(message))), message)
    }),
  )
  const { where: known } = toProblem(
    new TyphoonError('UNKNOWN_FIELD', '', { where: { field: 0 as any, line: 'x' as any } }),
  )
  t.deepEqual(known, { field: '0' })
  t.is(Object.is(new TyphoonError('UNKNOWN_FIELD', '', { where: { batch: -0 } }).where.batch, 0), true)
})

test('levels of logs are taken in their own shape alone', (t) => {
  const good = { type: 'log-levels', levels: [{ level: 'warn' }, { level: 'debug', component: 'a' }] }
  t.deepEqual(parseToWorker(good), good as never)
  for (const levels of [undefined, {}, [{}], [{ level: 'loud' }], [{ level: 'info', component: 1 }], ['info'], [null]])
    t.throws(() => parseToWorker({ ...good, levels }), { code: 'BAD_FRAME' })
  const record = { level: 'info', message: 'x', root: '0004000100000001' }
  t.notThrows(() => parseFromWorker({ type: 'log', record }))
  t.throws(() => parseFromWorker({ type: 'log', record: { ...record, root: 1 } }), { code: 'BAD_FRAME' })
})
