import test from 'ava'
import { notAFactory } from '../../lib/shape/not-a-factory.ts'

class Sink {}

test('a function that makes something is a factory, also one of the old kind and one that waits', (t) => {
  for (const create of [() => new Sink(), function make() {}, async () => new Sink()])
    t.is(notAFactory(create, '"sink"', 'the bolt'), undefined)
})

test('an instance, a class, and what is neither are told by what they are, with what to write', (t) => {
  const told = (given: unknown) => {
    const { code, message, hint } = notAFactory(given, '"sink"', 'the bolt')!
    return [code, message.replace(/.*, not /, ''), hint]
  }
  t.deepEqual(told(new Sink()), ['NOT_A_COMPONENT', 'a Sink itself', '() => new Sink(…)'])
  t.deepEqual(told(Sink), ['NOT_A_COMPONENT', 'the class Sink', '() => new Sink(…)'])
  t.deepEqual(told({ execute() {} }), ['NOT_A_COMPONENT', 'an object', '() => new MyClass(…)'])
  t.deepEqual(told(Object.create(null)), ['NOT_A_COMPONENT', 'an object', '() => new MyClass(…)'])
  t.deepEqual(told('sink'), ['NOT_A_COMPONENT', 'a string', '() => new MyClass(…)'])
  t.deepEqual(told(undefined), ['NOT_A_COMPONENT', 'nothing', '() => new MyClass(…)'])
})
