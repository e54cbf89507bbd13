import test from 'ava'
import fc from 'fast-check'
import { ackerOf, type Plan, planTopology, tasksOf } from '../../lib/scheduler/plan.ts'
import { ackerCount, systemTopology, userComponents } from '../../lib/scheduler/system-topology.ts'
import type { ConfigMap } from '../../lib/topology/config/config.ts'
import { bolt, spout, topologyOf } from '../topology/parts.ts'

const sizes = fc
  .record({ parallelism: fc.integer({ min: 1, max: 6 }), tasks: fc.integer({ min: 1, max: 12 }) })
  .map(({ parallelism, tasks }) => ({ parallelism, config: { 'topology.tasks': tasks } }))
const shape = fc.record({
  spouts: sizes,
  bolts: fc.array(sizes, { maxLength: 4 }),
  workers: fc.integer({ min: 1, max: 5 }),
  ackers: fc.constantFrom(null, 0, 1, 3),
})

function planOf({ spouts, bolts, workers, ackers }: typeof shape extends fc.Arbitrary<infer T> ? T : never): Plan {
  const components = Object.fromEntries([
    ['s', spout(spouts)] as const,
    ...bolts.map((size, index) => [`b${index}`, bolt('s', { type: 'shuffle' }, size)] as const),
  ])
  return planTopology(
    topologyOf(components, { config: { 'topology.workers': workers, 'topology.acker.executors': ackers } }),
  )
}

function counts(items: readonly number[]): number[] {
  const sums = new Map<number, number>()
  for (const item of items) sums.set(item, (sums.get(item) ?? 0) + 1)
  return [...sums.values()]
}

function even(numbers: readonly number[]): boolean {
  return numbers.length === 0 || Math.max(...numbers) - Math.min(...numbers) <= 1
}

test('task ids run from 1 up without a gap, and each component has its tasks, in as many executors as it should', (t) => {
  fc.assert(
    fc.property(shape, (drawn) => {
      const plan = planOf(drawn)
      return (
        plan.tasks.every(({ task }, index) => task === index + 1) &&
        Object.entries(plan.topology.components).every(([id, { parallelism, config }]) => {
          const tasks = config['topology.tasks'] as number
          const mine = plan.tasks.filter(({ component }) => component === id)
          return (
            mine.length === tasks && new Set(mine.map(({ executor }) => executor)).size === Math.min(parallelism, tasks)
          )
        })
      )
    }),
  )
  t.pass()
})

test('executors are numbered from 1 up without a gap; the tasks of one are consecutive, of one component and on one worker', (t) => {
  fc.assert(
    fc.property(shape, (drawn) => {
      const { tasks } = planOf(drawn)
      let executor = 0
      return tasks.every((task, index) => {
        const before = tasks[index - 1]
        if (before?.executor === task.executor)
          return before.component === task.component && before.worker === task.worker
        return task.executor === ++executor
      })
    }),
  )
  t.pass()
})

test('the executors are spread evenly over the workers, and the tasks of a component evenly over its executors', (t) => {
  fc.assert(
    fc.property(shape, (drawn) => {
      const plan = planOf(drawn)
      const workerOf = new Map(plan.tasks.map(({ executor, worker }) => [executor, worker]))
      const busy = counts([...workerOf.values()])
      if (workerOf.size >= plan.workers.length && busy.length !== plan.workers.length) return false
      return (
        even(busy) &&
        Object.keys(plan.topology.components).every((id) =>
          even(counts(plan.tasks.filter(({ component }) => component === id).map(({ executor }) => executor))),
        )
      )
    }),
  )
  t.pass()
})

test('six tasks in three executors on two workers: two tasks each, in turn on the workers', (t) => {
  const plan = planTopology(
    topologyOf(
      { s: spout({ parallelism: 3, config: { 'topology.tasks': 6 } }) },
      { config: { 'topology.workers': 2, 'topology.acker.executors': 0 } },
    ),
  )
  t.deepEqual(
    plan.tasks.map(({ executor, worker }) => [executor, worker]),
    [
      [1, 1],
      [1, 1],
      [2, 2],
      [2, 2],
      [3, 1],
      [3, 1],
    ],
  )
})

test('there is one acker for each worker unless the configuration says how many; with 0 there is none, and no stream of it', (t) => {
  const ackers = (config: ConfigMap): number => {
    const topology = topologyOf({ s: spout(), b: bolt('s') }, { config })
    const plan = planTopology(topology)
    t.is(ackerCount(topology), tasksOf(plan, '__acker').length)
    return tasksOf(plan, '__acker').length
  }
  t.is(ackers({}), 1)
  t.is(ackers({ 'topology.workers': 3 }), 3)
  t.is(ackers({ 'topology.workers': 3, 'topology.acker.executors': 2 }), 2)
  t.is(ackers({ 'topology.acker.executors': 0 }), 0)
  const untracked = topologyOf({ s: spout(), b: bolt('s') }, { config: { 'topology.acker.executors': 0 } })
  t.deepEqual(systemTopology(untracked), untracked)
})

test('every spout has an acker of its own worker where there is one; all tasks of a topology without ackers have none', (t) => {
  fc.assert(
    fc.property(shape, (drawn) => {
      const plan = planOf(drawn)
      const ackers = plan.tasks.filter(({ component }) => component === '__acker')
      return plan.tasks
        .filter(({ component }) => component === 's')
        .every((task) => {
          const acker = ackers.find((one) => one.task === ackerOf(plan, task))
          if (ackers.length === 0) return acker === undefined
          return (
            acker !== undefined &&
            (acker.worker === task.worker || !ackers.some(({ worker }) => worker === task.worker))
          )
        })
    }),
  )
  t.pass()
})

test('the plan is plain JSON and the same for the same topology', (t) => {
  fc.assert(
    fc.property(shape, (drawn) => {
      const plan = planOf(drawn)
      return JSON.stringify(JSON.parse(JSON.stringify(plan))) === JSON.stringify(planOf(drawn))
    }),
  )
  t.pass()
})

test('spouts and bolts are wired to the acker both ways, by direct streams; the acker ticks four times in a message timeout', (t) => {
  const { components } = systemTopology(
    topologyOf({ s: spout(), b: bolt('s') }, { config: { 'topology.message.timeout.secs': 7 } }),
  )
  const acker = components['__acker']!
  t.is(acker.config['topology.tick.tuple.freq.secs'], 1.75)
  t.deepEqual(acker.inputs.map(({ component, stream }) => `${component} ${stream}`).sort(), [
    'b __ack_ack',
    'b __ack_fail',
    'b __ack_reset_timeout',
    's __ack_init',
    's __ack_timeout',
  ])
  t.deepEqual(
    components['s']!.inputs.map(({ stream }) => stream),
    Object.keys(acker.outputs),
  )
  for (const [id, { outputs }] of Object.entries(components)) {
    for (const [stream, { direct }] of Object.entries(outputs)) t.is(direct, stream.startsWith('__'), `${id} ${stream}`)
  }
  t.deepEqual(
    userComponents({ name: 'x', config: {}, components }).map(([id]) => id),
    ['s', 'b'],
  )
})

test('the acker ticks with message timeouts off too: what comes too late for its root has to go', (t) => {
  const { components } = systemTopology(
    topologyOf({ s: spout() }, { config: { 'topology.enable.message.timeouts': false } }),
  )
  t.is(components['__acker']!.config['topology.tick.tuple.freq.secs'], 7.5)
})
