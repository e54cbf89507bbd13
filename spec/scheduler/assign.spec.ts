import test from 'ava'
import fc from 'fast-check'
import { assign, type Slot } from '../../lib/scheduler/assign.ts'
import { layOut } from '../../lib/scheduler/layout.ts'
import type { ComponentSpec } from '../../lib/topology/topology.ts'
import { bolt, spout, topologyOf } from '../topology/parts.ts'

/** So many executors of a component. */
function of(parallelism: number): Pick<ComponentSpec, 'parallelism'> {
  return { parallelism }
}

/** One slot for each letter, which is the name of its host. */
function slotsOn(hosts: string): Slot[] {
  return [...hosts].map((host, index) => ({ supervisor: `on ${host}`, host, port: 6700 + index }))
}

/** Who runs what on these hosts, as `component → hosts of its executors`; without ackers. */
function placed(components: Readonly<Record<string, ComponentSpec>>, hosts: string): Record<string, string> {
  const layout = layOut(topologyOf(components, { config: { 'topology.acker.executors': 0 } }))
  const { executors } = assign(layout, slotsOn(hosts))
  const places: Record<string, string> = {}
  for (const { component, executor } of layout.tasks)
    places[component] = `${places[component] ?? ''}${hosts[executors[executor - 1]! - 1]}`
  return places
}

const drawn = fc.record({
  executors: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
  hosts: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 }).map((hosts) => hosts.join('')),
})

/** A spout and bolts, each behind the one before; and the assignment of the executors. */
function chain({ executors, hosts }: { executors: readonly number[]; hosts: string }) {
  const components = executors.map((count, index): [string, ComponentSpec] => [
    `c${index}`,
    index === 0 ? spout(of(count)) : bolt(`c${index - 1}`, { type: 'shuffle' }, of(count)),
  ])
  const layout = layOut(topologyOf(Object.fromEntries(components)))
  return { layout, hosts, ...assign(layout, slotsOn(hosts)) }
}

function isEven(counts: readonly number[]): boolean {
  return Math.max(...counts) - Math.min(...counts) <= 1
}

function countsOf<Item>(items: readonly Item[], kinds: readonly Item[]): number[] {
  return kinds.map((kind) => items.filter((item) => item === kind).length)
}

test('each slot is a worker with its address, numbered from 1 up in the order of the slots', (t) => {
  const { workers } = chain({ executors: [1], hosts: 'ab' })
  t.deepEqual(workers, [
    { worker: 1, supervisor: 'on a', host: 'a', port: 6700 },
    { worker: 2, supervisor: 'on b', host: 'b', port: 6701 },
  ])
})

test('even: no worker has more than one executor more than another', (t) => {
  fc.assert(
    fc.property(drawn, (given) => {
      const { workers, executors } = chain(given)
      const ids = workers.map(({ worker }) => worker)
      return executors.every((worker) => ids.includes(worker)) && isEven(countsOf(executors, ids))
    }),
  )
  t.pass()
})

test('spread: the executors of a component are on different workers while there are enough', (t) => {
  fc.assert(
    fc.property(drawn, (given) => {
      const { layout, workers, executors } = chain(given)
      return Object.keys(layout.topology.components).every((id) => {
        const mine = new Set(layout.tasks.flatMap((task) => (task.component === id ? [task.executor] : [])))
        const used = new Set([...mine].map((executor) => executors[executor - 1]))
        return used.size === Math.min(mine.size, workers.length)
      })
    }),
  )
  t.pass()
})

test('spread: the executors of a component are on different hosts while there are enough', (t) => {
  t.deepEqual(placed({ words: spout(of(2)) }, 'aabb'), { words: 'ab' })
  t.deepEqual(placed({ words: spout(of(4)) }, 'aaabbb'), { words: 'abab' })
  t.deepEqual(placed({ words: spout(of(2)), count: bolt('words', { type: 'shuffle' }, of(2)) }, 'aabb'), {
    words: 'ab',
    count: 'ab',
  })
})

test('near: what sends to each other is on one host, where that leaves all even', (t) => {
  const components = { words: spout(), split: bolt('words'), count: bolt('split'), print: bolt('count') }
  t.deepEqual(placed(components, 'abab'), { words: 'a', split: 'a', count: 'b', print: 'b' })
  t.deepEqual(placed(components, 'ab'), { words: 'a', split: 'b', count: 'b', print: 'a' })
})

test('near: a component that sends to nobody there comes to the slot that is first', (t) => {
  const components = { words: spout(), numbers: spout(), split: bolt('numbers') }
  t.deepEqual(placed(components, 'abcb'), { words: 'a', numbers: 'b', split: 'b' })
})

test('on one host the executors are given to the workers in turn', (t) => {
  fc.assert(
    fc.property(drawn, ({ executors, hosts }) => {
      const given = chain({ executors, hosts: 'a'.repeat(hosts.length) })
      return given.executors.every((worker, index) => worker === (index % hosts.length) + 1)
    }),
  )
  t.pass()
})
