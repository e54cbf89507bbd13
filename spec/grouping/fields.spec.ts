import test from 'ava'
import fc from 'fast-check'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { makeGrouping } from '../../lib/grouping/make-grouping.ts'
import { fields } from '../../lib/tuple/fields.ts'
import { Prng } from '../../lib/util/prng.ts'
import { countsOf, portsOf, range } from './ports.ts'

const byWord = { type: 'fields', fields: ['word'] } as const

test('equal values go to the same task from every emitter, whatever else is in the tuple', (t) => {
  const key = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.array(fc.string()),
    fc.uint8Array(),
    fc.bigInt(),
    fc.constant(null),
  )
  fc.assert(
    fc.property(key, fc.integer({ min: 1, max: 64 }), (word, tasks) => {
      const one = makeGrouping(byWord, portsOf(range(1, tasks)))
      const other = makeGrouping(byWord, portsOf(range(1, tasks), { task: 7, component: 'other', random: new Prng(3) }))
      const [task] = one.choose([word, 1])
      return task === one.choose([structuredClone(word), 2])[0] && task === other.choose([word, 3])[0]
    }),
  )
  t.pass()
})

test('one task a tuple, always one of the targets', (t) => {
  const targets = [3, 5, 8]
  const grouping = makeGrouping(byWord, portsOf(targets))
  fc.assert(
    fc.property(fc.string(), (word) => {
      const tasks = grouping.choose([word, 0])
      return tasks.length === 1 && targets.includes(tasks[0] as number)
    }),
  )
  t.pass()
})

test('the routes stay the same from release to release: these stand for all', (t) => {
  const grouping = makeGrouping(byWord, portsOf(range(0, 7)))
  t.deepEqual(
    ['the', 'of', 'and', 'to', 'in'].map((word) => grouping.choose([word, 1])[0]),
    [6, 3, 5, 3, 0],
  )
})

test('fields are found by name, wherever they stand in the tuple, and in the order of the grouping', (t) => {
  const targets = range(1, 1000)
  const straight = makeGrouping(
    { type: 'fields', fields: ['a', 'b'] },
    portsOf(targets, { fields: fields('a', 'b', 'c') }),
  )
  const crossed = makeGrouping(
    { type: 'fields', fields: ['a', 'b'] },
    portsOf(targets, { fields: fields('c', 'b', 'a') }),
  )
  const opposite = makeGrouping(
    { type: 'fields', fields: ['b', 'a'] },
    portsOf(targets, { fields: fields('a', 'b', 'c') }),
  )
  t.is(straight.choose(['x', 'y', 1])[0], crossed.choose([2, 'y', 'x'])[0])
  t.not(straight.choose(['x', 'y', 1])[0], opposite.choose(['x', 'y', 1])[0])
})

test('many words use all tasks', (t) => {
  const grouping = makeGrouping(byWord, portsOf(range(1, 64)))
  const used = new Set(range(0, 2000).map((i) => grouping.choose([`word-${i}`, 1])[0]))
  t.is(used.size, 64)
})

test('one word uses one task, and no new lists are made', (t) => {
  const grouping = makeGrouping(byWord, portsOf(range(1, 4)))
  t.is(countsOf(grouping, 100).size, 1)
  t.is(grouping.choose(['word', 1]), grouping.choose(['word', 2]))
})

test('a field that the stream does not have is an error when the grouping is made', (t) => {
  const error = t.throws(() => makeGrouping({ type: 'fields', fields: ['wrod'] }, portsOf([1])), {
    instanceOf: TyphoonError,
  })
  t.is(error.code, 'UNKNOWN_FIELD')
})

test('a value without content to group by is an error, not a random task', (t) => {
  const grouping = makeGrouping(byWord, portsOf([1, 2]))
  t.is(t.throws(() => grouping.choose([() => 1, 1]), { instanceOf: TyphoonError }).code, 'CANNOT_ENCODE')
})
