import test from 'ava'
import fc from 'fast-check'
import { makeGrouping } from '../../lib/grouping/make-grouping.ts'
import { ShuffleGrouping } from '../../lib/grouping/shuffle.ts'
import { Prng } from '../../lib/util/prng.ts'
import { countsOf, inOrder, portsOf, range } from './ports.ts'

for (const type of ['shuffle', 'none', 'local-or-shuffle'] as const) {
  test(`${type}: 30000 tuples over tasks 0 to 5 give each exactly 5000, one task a tuple`, (t) => {
    const grouping = makeGrouping({ type }, portsOf(range(0, 6)))
    const counts = new Array<number>(6).fill(0)
    for (let i = 0; i < 30_000; i++) {
      const tasks = grouping.choose(['word', i])
      if (tasks.length !== 1) return t.fail(`${tasks.length} tasks`)
      counts[tasks[0] as number]!++
    }
    t.deepEqual(counts, new Array(6).fill(5000))
  })
}

test('ten emitters that take turns give each of the tasks 0 to 5 exactly 50000 of their 30000 tuples each', (t) => {
  const emitters = range(0, 10).map((task) =>
    makeGrouping({ type: 'shuffle' }, portsOf(range(0, 6), { task, random: new Prng(task) })),
  )
  const counts = new Array<number>(6).fill(0)
  for (let i = 0; i < 30_000; i++) for (const emitter of emitters) counts[emitter.choose([])[0] as number]!++
  t.deepEqual(counts, new Array(6).fill(50_000))
})

test('two tasks get 49 to 51 % each of 100000 tuples', (t) => {
  const counts = countsOf(makeGrouping({ type: 'shuffle' }, portsOf([1, 2])), 100_000)
  for (const task of [1, 2]) t.true((counts.get(task) ?? 0) >= 49_000 && (counts.get(task) ?? 0) <= 51_000)
})

test('whatever the number of tasks and tuples, all tasks get the same number of them, but for one', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 500 }), fc.nat(), (tasks, tuples, seed) => {
      const counts = countsOf(new ShuffleGrouping(range(1, tasks), new Prng(seed)), tuples)
      return range(1, tasks).every((task) => Math.abs((counts.get(task) ?? 0) - tuples / tasks) < 1)
    }),
  )
  t.pass()
})

test('the order of the tasks is drawn from the seed: the same seed gives the same order, others give others', (t) => {
  const orderOf = (seed: number) => {
    const grouping = new ShuffleGrouping(range(1, 8), new Prng(seed))
    return range(1, 8).map(() => grouping.choose()[0])
  }
  t.deepEqual(orderOf(1), orderOf(1))
  t.true(new Set(range(1, 20).map((seed) => orderOf(seed).join())).size > 15)
})

test('local-or-shuffle stays with the tasks of the own worker if there are any', (t) => {
  const grouping = makeGrouping({ type: 'local-or-shuffle' }, portsOf(range(1, 6), { localTargets: [2, 5] }))
  t.deepEqual(inOrder(countsOf(grouping, 1000)), [
    [2, 500],
    [5, 500],
  ])
})

test('choosing makes no new lists: each task has one, which is used again', (t) => {
  const grouping = new ShuffleGrouping([1, 2], new Prng(1))
  const first = grouping.choose()
  t.not(grouping.choose(), first)
  t.is(grouping.choose(), first)
})
