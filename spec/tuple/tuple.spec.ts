import test from 'ava'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { fields } from '../../lib/tuple/fields.ts'
import { testTuple, untrackedTuple } from '../../lib/tuple/tuple.ts'

interface Person {
  fname: string
  lname: string
}

test('a test tuple has the stream default, the component "component", and the fields field1, field2', (t) => {
  const tuple = testTuple(['james', 'bond'])
  t.deepEqual(tuple.values, ['james', 'bond'])
  t.is(tuple.sourceStream, 'default')
  t.deepEqual(tuple.fields.names, ['field1', 'field2'])
  t.is(tuple.sourceComponent, 'component')
})

test('a test tuple has the stream, component, task and fields that it is given', (t) => {
  const tuple = testTuple<Person>(['james', 'bond'], {
    stream: 'test-stream',
    component: 'test-component',
    task: 7,
    fields: ['fname', 'lname'],
  })
  t.deepEqual(tuple.values, ['james', 'bond'])
  t.is(tuple.sourceStream, 'test-stream')
  t.is(tuple.sourceComponent, 'test-component')
  t.is(tuple.sourceTask, 7)
  t.deepEqual(tuple.fields.names, ['fname', 'lname'])
  t.is(tuple.get('fname'), 'james')
  t.is(tuple.get('lname'), 'bond')
  t.deepEqual(tuple.toObject(), { fname: 'james', lname: 'bond' })
})

test('an unknown field of a tuple is an error, for the compiler and at run time', (t) => {
  const tuple = testTuple<Person>(['james', 'bond'], { fields: ['fname', 'lname'] })
  // @ts-expect-error a person has no age
  const error = t.throws(() => tuple.get('age'), { instanceOf: TyphoonError })
  t.is(error.code, 'UNKNOWN_FIELD')
})

test('an untracked tuple is in no tree and not settled', (t) => {
  const source = { component: 'a', stream: 'default', task: 3, fields: fields('x'), streamIndex: 0 }
  const tuple = untrackedTuple([1], source)
  const { rootHigh, rootLow, high, low, trace, more, settled } = tuple
  t.deepEqual(
    { rootHigh, rootLow, high, low, trace, more, settled },
    { rootHigh: 0, rootLow: 0, high: 0, low: 0, trace: 0, more: undefined, settled: false },
  )
  t.is(tuple.source, source)
})
