import test from 'ava'
import { layOut, topologyHash } from '../../lib/scheduler/layout.ts'
import { planTopology } from '../../lib/scheduler/plan.ts'
import { bolt, spout, stream, topologyOf } from '../topology/parts.ts'

const WORDS = { words: spout({ outputs: { default: stream('word'), rest: stream('line') } }), count: bolt('words') }

test('what is to run is the same on whichever slots: only who runs it differs', (t) => {
  const topology = topologyOf(WORDS)
  const here = planTopology(topology)
  const elsewhere = planTopology(topology, [
    { supervisor: 's', host: 'h', port: 6700 },
    { supervisor: 's', host: 'h', port: 6701 },
  ])
  const { hash, tasks } = layOut(topology)
  for (const plan of [here, elsewhere]) {
    t.is(plan.hash, hash)
    t.deepEqual(
      plan.tasks.map(({ task, component, executor }) => ({ task, component, executor })),
      tasks,
    )
  }
  t.deepEqual([here.workers.length, elsewhere.workers.length], [1, 2])
})

test('the hash is that of the topology as it went over a wire, and of no other', (t) => {
  const topology = topologyOf(WORDS)
  const hash = topologyHash(topology)
  t.is(topologyHash(JSON.parse(JSON.stringify(topology))), hash)
  const { words, count } = WORDS
  const others = {
    'another name': topologyOf(WORDS, { name: 'other' }),
    'another configuration': topologyOf(WORDS, { config: { 'topology.workers': 2 } }),
    'another field': topologyOf({ words: spout({ outputs: { default: stream('w'), rest: stream('line') } }), count }),
    'another grouping': topologyOf({ words, count: bolt('words', { type: 'all' }) }),
    'streams in another order': topologyOf({
      words: spout({ outputs: { rest: stream('line'), default: stream('word') } }),
      count,
    }),
    'components in another order': topologyOf({ count, words }),
  }
  for (const [what, other] of Object.entries(others)) t.not(topologyHash(other), hash, what)
})
