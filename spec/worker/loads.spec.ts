import test from 'ava'
import type { LoadView, Scope } from '../../lib/grouping/grouping.ts'
import { planTopology, tasksOf } from '../../lib/scheduler/plan.ts'
import { refreshLoads } from '../../lib/worker/tasks/loads.ts'
import { bolt, spout, topologyOf } from '../topology/parts.ts'

/** A spout and a bolt of five tasks, on two workers of the host `a`, one of `b` in the same rack, and one of `c`. */
const PLAN = planTopology(
  topologyOf(
    { words: spout(), count: bolt('words', { type: 'shuffle' }, { parallelism: 5 }) },
    { config: { 'topology.acker.executors': 0 } },
  ),
  ['a', 'a', 'b', 'c'].map((host) => ({ supervisor: host, host, rack: host === 'c' ? 'far' : 'near', port: 0 })),
)

/** What the groupings of a worker are told. */
function viewOf(worker: number, loads: ReadonlyMap<number, number> = new Map()): LoadView {
  let seen: LoadView | undefined
  const grouping = {
    choose: () => [],
    refresh: (view: LoadView) => {
      seen = view
    },
  }
  refreshLoads({ inboxes: [], groupings: [grouping] }, PLAN, worker, loads)
  return seen!
}

test('a task of the same worker is nearest, then come those of its host, of its rack, and all others', (t) => {
  const scopes = (worker: number): Scope[] => PLAN.tasks.map(({ task }) => viewOf(worker).scopeOf(task))
  const homes = PLAN.tasks.map((task) => task.worker)
  for (const { worker, host, rack } of PLAN.workers) {
    const expected = homes.map((home): Scope => {
      const other = PLAN.workers[home - 1]!
      if (home === worker) return 'worker'
      if (other.host === host) return 'host'
      return other.rack === rack ? 'rack' : 'everything'
    })
    t.deepEqual(scopes(worker), expected)
  }
  t.deepEqual(new Set(PLAN.workers.flatMap(({ worker }) => scopes(worker))).size, 4)
})

test('the load of a task of another worker is the one that was reported last, and 0 before', (t) => {
  const [first, second] = tasksOf(PLAN, 'count') as [number, number]
  const view = viewOf(1, new Map([[first, 0.5]]))
  t.deepEqual([view.loadOf(first), view.loadOf(second)], [0.5, 0])
})
