import test from 'ava'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { makeGrouping } from '../../lib/grouping/make-grouping.ts'
import type { CustomStreamGrouping, GroupingContext } from '../../lib/topology/component/definition.ts'
import type { TaskId } from '../../lib/tuple/ids.ts'
import { Prng } from '../../lib/util/prng.ts'
import { countsOf, inOrder, portsOf, range, SEED } from './ports.ts'

/** Storm's NGrouping: the first `count` target tasks for every tuple. */
class NGrouping implements CustomStreamGrouping {
  readonly #count: number
  #targets: readonly TaskId[] = []

  constructor(count: number) {
    this.#count = count
  }

  prepare(context: GroupingContext): void {
    this.#targets = context.targets.slice(0, this.#count)
  }

  chooseTasks(): readonly TaskId[] {
    return this.#targets
  }
}

test('the first 2 of 4 tasks and the first 3 of 6 get both of the tuples a and b', (t) => {
  for (const [count, targets] of [
    [2, range(1, 4)],
    [3, range(5, 6)],
  ] as const) {
    const grouping = makeGrouping({ type: 'custom' }, portsOf(targets, { custom: new NGrouping(count) }))
    t.deepEqual(
      inOrder(countsOf(grouping, 2)),
      targets.slice(0, count).map((task) => [task, 2]),
    )
  }
})

test('a custom grouping is prepared once with what it may know, and asked with the emitting task and the values', (t) => {
  const contexts: GroupingContext[] = []
  const asked: unknown[] = []
  const custom: CustomStreamGrouping = {
    prepare: (context) => void contexts.push(context),
    chooseTasks(task, values) {
      asked.push([task, values])
      return [2]
    },
  }
  const grouping = makeGrouping({ type: 'custom' }, portsOf([1, 2], { custom }))
  grouping.choose(['a', 1])
  grouping.choose(['b', 2])
  t.deepEqual(asked, [
    [100, ['a', 1]],
    [100, ['b', 2]],
  ])
  t.is(contexts.length, 1)
  const { random, ...rest } = contexts[0] as GroupingContext
  t.deepEqual(rest, { component: 'source', stream: 'default', fields: ['word', 'count'], task: 100, targets: [1, 2] })
  t.is(random(), new Prng(SEED).next())
})

test('it may choose nobody, or a task twice', (t) => {
  const lists: TaskId[][] = [[], [2, 2]]
  const custom: CustomStreamGrouping = { chooseTasks: () => lists.shift() as TaskId[] }
  const grouping = makeGrouping({ type: 'custom' }, portsOf([1, 2], { custom }))
  t.deepEqual(grouping.choose([]), [])
  t.deepEqual(grouping.choose([]), [2, 2])
})

const WRONG: readonly (readonly [unknown, string])[] = [
  [[3], 'a task that is not a target'],
  [[1, undefined], 'a list with undefined'],
  [['1'], 'a list with a text'],
  [2, 'a number'],
  [null, 'null'],
  [undefined, 'undefined'],
]

for (const [result, what] of WRONG) {
  test(`a wrong choice is an error that names the stream: ${what}`, (t) => {
    const custom = { chooseTasks: () => result } as CustomStreamGrouping
    const grouping = makeGrouping({ type: 'custom' }, portsOf([1, 2], { custom }))
    const error = t.throws(() => grouping.choose(['a', 1]), { instanceOf: TyphoonError })
    t.is(error.code, 'WRONG_TARGET')
    t.deepEqual(error.where, { component: 'source', stream: 'default', task: 100 })
    t.is(error.hint, 'the target tasks are 1, 2')
  })
}

test('what the user throws comes through as it is', (t) => {
  const broken = new Error('no luck')
  const fail = (): never => {
    throw broken
  }
  t.is(
    t.throws(() =>
      makeGrouping({ type: 'custom' }, portsOf([1], { custom: { prepare: fail, chooseTasks: () => [] } })),
    ),
    broken,
  )
  const grouping = makeGrouping({ type: 'custom' }, portsOf([1], { custom: { chooseTasks: fail } }))
  t.is(
    t.throws(() => grouping.choose([])),
    broken,
  )
})
