import test from 'ava'
import fc from 'fast-check'
import type { LoadView, Scope } from '../../lib/grouping/grouping.ts'
import { LoadAwareShuffleGrouping } from '../../lib/grouping/load-aware-shuffle.ts'
import type { TaskId } from '../../lib/tuple/ids.ts'
import { Prng } from '../../lib/util/prng.ts'
import { countsOf, inOrder, range, SEED } from './ports.ts'

/** Choosing goes round a ring of this many slots. */
const ROUND = 1000

function groupingOver(
  targets: readonly TaskId[],
  localTargets: readonly TaskId[] = targets,
  seed = SEED,
): LoadAwareShuffleGrouping {
  return new LoadAwareShuffleGrouping({
    targets,
    localTargets,
    lowerBound: 0.2,
    higherBound: 0.8,
    random: new Prng(seed),
  })
}

/** Loads and scopes of the tasks 1, 2 …; a scope that is not given is the worker's. */
function view(loads: readonly number[], scopes: readonly Scope[] = []): LoadView {
  return { loadOf: (task) => loads[task - 1] as number, scopeOf: (task) => scopes[task - 1] ?? 'worker' }
}

function shareOf(grouping: LoadAwareShuffleGrouping, task: TaskId): number {
  return (countsOf(grouping, ROUND).get(task) ?? 0) / ROUND
}

test(`the weight of a loaded task falls by 10 with each refresh, and rises by 1 when it is free again (seed ${SEED})`, (t) => {
  const grouping = groupingOver([1, 2])
  let first = 100
  let second = 100
  const check = () => {
    t.true(Math.abs(shareOf(grouping, 1) - first / (first + second)) <= 0.01, `weights ${first}, ${second}`)
    t.true(Math.abs(shareOf(grouping, 2) - second / (first + second)) <= 0.01, `weights ${first}, ${second}`)
  }
  check()
  for (let refresh = 1; refresh <= 10; refresh++) {
    grouping.refresh(view([1, 0]))
    first -= 10
    check()
  }
  t.is(shareOf(grouping, 1), 0)
  while (first < 100) {
    grouping.refresh(view([0, 1]))
    first += 1
    second = Math.max(0, second - 10)
    check()
  }
  t.is(shareOf(grouping, 2), 0)
})

for (const tasks of [7, 1000]) {
  test(`equal load over ${tasks} tasks: 5000 tuples a task are shared evenly within 1.5 % of all (seed ${SEED})`, (t) => {
    const grouping = groupingOver(range(1, tasks))
    grouping.refresh({ loadOf: () => 0.1, scopeOf: () => 'worker' })
    const total = 5000 * tasks
    const counts = countsOf(grouping, total)
    t.is(counts.size, tasks)
    for (const count of counts.values()) t.true(Math.abs(count / total - 1 / tasks) <= 0.015)
  })
}

test(`ten emitters that take turns share evenly over 7 tasks within 1.5 % of all (seed ${SEED})`, (t) => {
  const emitters = range(0, 10).map((emitter) => groupingOver(range(1, 7), range(1, 7), SEED + emitter))
  for (const emitter of emitters) emitter.refresh({ loadOf: () => 0.1, scopeOf: () => 'worker' })
  const counts = new Map<TaskId, number>()
  for (let i = 0; i < 35_000; i++) {
    for (const emitter of emitters) {
      const [task] = emitter.choose() as [TaskId]
      counts.set(task, (counts.get(task) ?? 0) + 1)
    }
  }
  t.is(counts.size, 7)
  for (const count of counts.values()) t.true(Math.abs(count / 350_000 - 1 / 7) <= 0.015)
})

test('more tasks than slots: each task has a slot of its own', (t) => {
  const grouping = groupingOver(range(1, 1500))
  t.true(countsOf(grouping, 1500).size === 1500)
  grouping.refresh({ loadOf: () => 0, scopeOf: () => 'worker' })
  t.deepEqual(new Set(countsOf(grouping, 1500).values()), new Set([1]))
})

test('the scope widens under load, and narrows when the near tasks have little of it', (t) => {
  const scopes: Scope[] = ['worker', 'rack', 'everything']
  const grouping = groupingOver([1, 2, 3], [1])
  const seen: [Scope, TaskId[]][] = []
  const look = () => seen.push([grouping.scope, inOrder(countsOf(grouping, ROUND)).map(([task]) => task)])
  look()
  const refreshes = [...Array(3).fill([1, 1, 1]), ...Array(3).fill([0.2, 0.1, 0.1]), [0.1, 0.1, 0.1]]
  for (const loads of refreshes) {
    grouping.refresh(view(loads, scopes))
    look()
  }
  t.deepEqual(seen, [
    ['worker', [1]],
    ['host', [1]],
    ['rack', [1, 2]],
    ['everything', [1, 2, 3]],
    ['rack', [1, 2]],
    ['host', [1]],
    ['host', [1]],
    ['worker', [1]],
  ])
})

test('a load between the bounds, or at one of them, leaves the scope as it is', (t) => {
  const scopes: Scope[] = ['worker', 'host', 'rack', 'everything']
  const grouping = groupingOver([1, 2, 3, 4], [1])
  for (const load of [0.2, 0.5, 0.8]) {
    grouping.refresh(view([load, load, load, load], scopes))
    t.is(grouping.scope, 'worker')
  }
  grouping.refresh(view([0.81, 0, 0, 0], scopes))
  t.is(grouping.scope, 'host')
})

test('without a task in the own worker all are used until the first refresh tells which are near', (t) => {
  const scopes: Scope[] = ['everything', 'host', 'host']
  const grouping = groupingOver([1, 2, 3], [])
  t.is(countsOf(grouping, ROUND).size, 3)
  grouping.refresh(view([0.1, 0.1, 0.1], scopes))
  t.is(grouping.scope, 'host')
  t.deepEqual([...countsOf(grouping, ROUND).keys()].sort(), [2, 3])
})

test('a scope that has become empty is left for the next one that is not', (t) => {
  const grouping = groupingOver([1, 2], [1])
  t.is(shareOf(grouping, 1), 1)
  grouping.refresh(view([0.5, 0.5], ['everything', 'everything']))
  t.is(grouping.scope, 'everything')
  t.is(countsOf(grouping, ROUND).size, 2)
})

test('when the scope changes all weights start again', (t) => {
  const scopes: Scope[] = ['worker', 'worker', 'everything']
  const grouping = groupingOver([1, 2, 3], [1, 2])
  for (let i = 0; i < 10; i++) grouping.refresh(view([0.9, 0.5, 0], scopes))
  t.is(shareOf(grouping, 1), 0)
  grouping.refresh(view([1, 1, 0], scopes))
  t.is(grouping.scope, 'host')
  t.true(Math.abs(shareOf(grouping, 1) - 0.5) <= 0.01)
})

test('whatever the loads are, a tuple has exactly one task, in scope, and the least loaded ones are among the chosen', (t) => {
  const scope = fc.constantFrom<Scope>('worker', 'host', 'rack', 'everything')
  const load = fc.oneof(fc.double({ min: 0, max: 1 }), fc.constantFrom(0, 1, Number.NaN))
  const tasks = fc.array(fc.tuple(load, scope), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(tasks, fc.integer({ min: 1, max: 30 }), (specs, refreshes) => {
      const loads = view(
        specs.map(([value]) => value),
        specs.map(([, near]) => near),
      )
      const targets = range(1, specs.length)
      const grouping = groupingOver(
        targets,
        targets.filter((task) => loads.scopeOf(task) === 'worker'),
      )
      for (let i = 0; i < refreshes; i++) grouping.refresh(loads)
      const counts = countsOf(grouping, ROUND)
      const order: Scope[] = ['worker', 'host', 'rack', 'everything']
      const near = targets.filter((task) => order.indexOf(loads.scopeOf(task)) <= order.indexOf(grouping.scope))
      const lowest = Math.min(...near.map((task) => loads.loadOf(task) || 0))
      const sum = [...counts.values()].reduce((total, count) => total + count, 0)
      const best = near.filter((task) => (loads.loadOf(task) || 0) === lowest)
      return (
        sum === ROUND &&
        [...counts.keys()].every((task) => near.includes(task)) &&
        best.every((task) => counts.has(task))
      )
    }),
  )
  t.pass()
})
