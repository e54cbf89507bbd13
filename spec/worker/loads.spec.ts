import test from 'ava'
import type { LoadView, Scope } from '../../lib/grouping/grouping.ts'
import { planTopology, tasksOf } from '../../lib/scheduler/plan.ts'
import { refreshLoads } from '../../lib/worker/tasks/loads.ts'
import { bolt, spout, topologyOf } from '../topology/parts.ts'

/** A spout and a bolt of three tasks, on two workers of the host `a` and two of the host `b`. */
const PLAN = planTopology(
  topologyOf(
    { words: spout(), count: bolt('words', { type: 'shuffle' }, { parallelism: 3 }) },
    { config: { 'topology.acker.executors': 0 } },
  ),
  ['a', 'a', 'b', 'b'].map((host) => ({ supervisor: host, host, port: 0 })),
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

test('a task of the same worker is nearest, then come those of its host, then all others', (t) => {
  const scopes = (worker: number): Scope[] => PLAN.tasks.map(({ task }) => viewOf(worker).scopeOf(task))
  const homes = PLAN.tasks.map((task) => task.worker)
  for (const { worker, host } of PLAN.workers) {
    const expected = homes.map((home): Scope => {
      if (home === worker) return 'worker'
      return PLAN.workers[home - 1]!.host === host ? 'host' : 'everything'
    })
    t.deepEqual(scopes(worker), expected)
  }
  t.deepEqual(new Set(homes.map((home) => PLAN.workers[home - 1]!.host)), new Set(['a', 'b']))
})

test('the load of a task of another worker is the one that was reported last, and 0 before', (t) => {
  const [first, second] = tasksOf(PLAN, 'count') as [number, number]
  const view = viewOf(1, new Map([[first, 0.5]]))
  t.deepEqual([view.loadOf(first), view.loadOf(second)], [0.5, 0])
})
