import test from 'ava'
import { RootNames } from '../../../lib/executor/spout/root-names.ts'
import type { OutputStream } from '../../../lib/executor/task/emitter.ts'

interface Root {
  readonly id?: unknown
  readonly values?: readonly unknown[]
  readonly incarnation?: number
  readonly stream?: string
}

/** Each root that is not told its values has values of its own. */
let made = 0

function rootOf({ id, values = [], stream = 'default' }: Root) {
  return { stream: { source: { stream } } as OutputStream, values, targets: [], messageId: id }
}

function names({ id, values = [`value ${made++}`], incarnation = 1, stream = 'default' }: Root): string[] {
  return new RootNames(incarnation).of([rootOf({ id, values, stream })])[0]!
}

const isKnownAgain = (a: Root, b: Root) => {
  const before = names(a)
  return names(b).some((name) => before.includes(name))
}

test('a root is known again by its values, whatever its message id', (t) => {
  t.true(isKnownAgain({ id: 'a', values: [1, 'x'] }, { id: 'b', values: [1, 'x'], incarnation: 2 }))
  t.false(isKnownAgain({ id: 'a', values: [1, 'x'] }, { id: 'b', values: [1, 'y'] }))
})

test('a root is known again by a message id that is a text or data, whatever its values', (t) => {
  class Id {
    toJSON(): string {
      return 'line 7'
    }
  }
  for (const id of ['line 7', { file: 'a.txt', line: 7 }, ['a', 1], new Id()])
    t.true(isKnownAgain({ id }, { id, incarnation: 2 }))
  t.false(isKnownAgain({ id: { file: 'a.txt', line: 7 } }, { id: { file: 'a.txt', line: 8 } }))
})

test('a number as message id holds for one incarnation: the next may count anew', (t) => {
  for (const id of [7, 7n]) {
    t.true(isKnownAgain({ id }, { id }))
    t.false(isKnownAgain({ id }, { id, incarnation: 2 }))
  }
})

test('message ids that say nothing are no names', (t) => {
  class Handle {
    readonly fd = 3
  }
  for (const id of [null, true, {}, [], new Handle(), () => 1]) t.false(isKnownAgain({ id }, { id }), String(id))
})

test('roots of different streams are never the same', (t) => {
  t.false(isKnownAgain({ id: 'a', values: [1] }, { id: 'a', values: [1], stream: 'other' }))
})

test('a root that has neither an id nor values with a content has no name', (t) => {
  t.deepEqual(names({ id: {}, values: [() => 1] }), [])
})

test('message ids that a spout gives to several tuples at the same time are no names, from then on', (t) => {
  const rootNames = new RootNames(1)
  const [a] = rootNames.of([rootOf({ id: 'file', values: ['a'] }), rootOf({ id: 'file', values: ['b'] })])
  const [b] = rootNames.of([rootOf({ id: 'file', values: ['b'] })])
  t.deepEqual([a!.length, b!.length], [1, 1])
  t.notDeepEqual(a, b)
})
