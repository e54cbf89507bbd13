import test from 'ava'
import fc from 'fast-check'
import { edgesOf, holdBackEdges, topologicalGroups } from '../../lib/scheduler/graph.ts'
import { systemTopology } from '../../lib/scheduler/system-topology.ts'
import type { Topology } from '../../lib/topology/topology.ts'
import { bolt, spout, stream, topologyOf } from '../topology/parts.ts'

/** A topology from the edges between its components; those named with `s` are spouts. */
function topologyFrom(ids: readonly string[], edges: readonly (readonly [string, string])[]): Topology {
  return topologyOf(
    Object.fromEntries(
      ids.map((id) => {
        if (id.startsWith('s')) return [id, spout()]
        const inputs = edges
          .filter(([, to]) => to === id)
          .map(([component]) => ({ component, stream: 'default', grouping: { type: 'shuffle' } as const }))
        return [id, bolt('', { type: 'shuffle' }, { inputs, outputs: { default: stream('word') } })]
      }),
    ),
  )
}

const graph = fc.integer({ min: 1, max: 9 }).chain((bolts) => {
  const ids = ['s0', ...Array.from({ length: bolts }, (_, index) => `b${index}`)]
  const edge = fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids.slice(1)))
  return fc.array(edge, { maxLength: 24 }).map((edges) => ({ ids, edges }))
})

/** Who can be reached from whom, by one edge or more. */
function reachable(
  ids: readonly string[],
  edges: readonly (readonly [string, string])[],
): (from: string, to: string) => boolean {
  const reach = new Set(edges.map(([from, to]) => `${from} ${to}`))
  for (const via of ids)
    for (const from of ids)
      for (const to of ids) if (reach.has(`${from} ${via}`) && reach.has(`${via} ${to}`)) reach.add(`${from} ${to}`)
  return (from, to) => reach.has(`${from} ${to}`)
}

test('each component is in one group, those of a cycle together, and no edge leads to an earlier group', (t) => {
  fc.assert(
    fc.property(graph, ({ ids, edges }) => {
      const groups = topologicalGroups(topologyFrom(ids, edges))
      const reach = reachable(ids, edges)
      const place = new Map(groups.flatMap((group, index) => group.map((id) => [id, index] as const)))
      const eachOnce = groups.flat().length === ids.length && place.size === ids.length
      const together = ids.every((a) =>
        ids.every((b) => a === b || (place.get(a) === place.get(b)) === (reach(a, b) && reach(b, a))),
      )
      return eachOnce && together && edges.every(([from, to]) => place.get(from)! <= place.get(to)!)
    }),
    { numRuns: 300 },
  )
  t.pass()
})

test('a sender is held back by a component just where it sends into it, or into its cycle, from outside; so nobody waits for itself', (t) => {
  fc.assert(
    fc.property(graph, ({ ids, edges }) => {
      const held = new Set(holdBackEdges(topologyFrom(ids, edges)).map(({ from, to }) => `${from} ${to}`))
      const reach = reachable(ids, edges)
      const oneCycle = (a: string, b: string): boolean => a === b || (reach(a, b) && reach(b, a))
      for (const from of ids) {
        for (const to of ids) {
          const expected = !oneCycle(from, to) && edges.some(([a, b]) => a === from && oneCycle(b, to))
          if (held.has(`${from} ${to}`) !== expected) return false
        }
      }
      // To wait for each other they would have to hold each other in a circle.
      const waits = reachable(
        ids,
        [...held].map((pair) => pair.split(' ') as [string, string]),
      )
      return ids.every((id) => !waits(id, id))
    }),
    { numRuns: 300 },
  )
  t.pass()
})

test('a pair of components with several streams between them is one edge; a component that feeds itself is on a cycle', (t) => {
  const twice = topologyFrom(
    ['s', 'b'],
    [
      ['s', 'b'],
      ['s', 'b'],
      ['b', 'b'],
    ],
  )
  t.deepEqual(edgesOf(twice), [
    { from: 's', to: 'b' },
    { from: 'b', to: 'b' },
  ])
  t.deepEqual(holdBackEdges(twice), [{ from: 's', to: 'b' }])
})

test('components that nothing joins have groups of their own', (t) => {
  t.deepEqual(
    topologicalGroups(topologyFrom(['s1', 's2', 'b'], [['s2', 'b']]))
      .flat()
      .sort(),
    ['b', 's1', 's2'],
  )
})

test('the acker and its streams are no part of the shape: acks hold nobody back', (t) => {
  const plain = topologyFrom(['s', 'b'], [['s', 'b']])
  const whole = systemTopology(plain)
  t.true('__acker' in whole.components)
  t.deepEqual(topologicalGroups(whole), [['s'], ['b']])
  t.deepEqual(edgesOf(whole), edgesOf(plain))
  t.deepEqual(holdBackEdges(whole), [{ from: 's', to: 'b' }])
})
