/** lib/topology/component/hosting/streams.ts: what a component declares and emits, in one shape. */
import test from 'ava'
import { declaredStreams, direct, emittedLists, type Fields, fields, type TaskContext } from '../../../lib/index.ts'

const words = fields('word', 'count')
const errors = fields('text')

/** A context of a component with these streams. */
const contextOf = (streams: ReadonlyMap<string, Fields>): TaskContext =>
  ({ component: 'split', streamsOf: () => streams }) as unknown as TaskContext

test('fields alone are those of the default stream; no outputs are no streams', (t) => {
  t.deepEqual([...declaredStreams({ outputs: words })], [['default', { direct: false, fields: words }]])
  t.deepEqual([...declaredStreams({})], [])
})

test('streams by name say whether they are direct', (t) => {
  t.deepEqual(
    [...declaredStreams({ outputs: { words, errors: direct(errors) } })],
    [
      ['words', { direct: false, fields: words }],
      ['errors', { direct: true, fields: errors }],
    ],
  )
})

test('fields that another copy of Typhoon has made are fields', (t) => {
  const foreign = { names: ['word'], size: 1 } as unknown as Fields
  t.deepEqual([...declaredStreams({ outputs: foreign }).keys()], ['default'])
  t.is(declaredStreams({ outputs: { words: foreign } }).get('words')?.fields, foreign)
})

test('what is emitted becomes a list, by the fields of its stream', (t) => {
  const listOf = emittedLists(contextOf(new Map([['default', words]])))
  t.deepEqual(listOf({ count: 1, word: 'to', more: true }), ['to', 1])
  t.deepEqual(listOf(['to', 1]), ['to', 1])
  t.throws(() => listOf({ word: 'to' }), { code: 'WRONG_VALUES' })
})

test('what is emitted to a stream that is not declared is left for the collector to refuse', (t) => {
  const listOf = emittedLists(contextOf(new Map()))
  t.deepEqual(listOf({ word: 'to' }, 'other'), [])
  t.deepEqual(listOf(['to'], 'other'), ['to'])
})
