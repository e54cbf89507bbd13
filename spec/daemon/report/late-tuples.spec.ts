/** Late tuples: when they are told of, and why there are any. */
import test from 'ava'
import { LateTuples } from '../../../lib/daemon/report/late-tuples.ts'
import type { Problem } from '../../../lib/errors/typhoon-error.ts'
import { BasicBolt, fields, type Timestamps, TopologyBuilder } from '../../../lib/index.ts'
import { FixedTupleSpout } from '../../../lib/testing/index.ts'
import { outOfStep } from '../../../lib/topology/out-of-step.ts'
import type { Topology } from '../../../lib/topology/topology.ts'
import type { TaskId } from '../../../lib/tuple/ids.ts'

class Pass extends BasicBolt<{ at: number }, { at: number }> {
  override readonly outputs = fields<{ at: number }>('at')
  execute(): void {}
}

/** lines → parse → hours → sums. @param timed whose timestamps are its own */
function topologyOf(timed: string, parsers: number, timestamps: Timestamps = { field: 'at' }): Topology {
  const builder = new TopologyBuilder('logins')
  const spout = builder.setSpout('lines', () => new FixedTupleSpout([[1]], fields<{ at: number }>('at')))
  if (timed === 'lines') spout.setTimestamps(timestamps)
  for (const [id, from, tasks] of [
    ['parse', 'lines', parsers],
    ['hours', 'parse', 1],
    ['sums', 'hours', 1],
  ] as const) {
    const bolt = builder.setBolt(id, () => new Pass(), tasks).grouping(from, 'default', { type: 'shuffle' })
    if (timed === id) bolt.setTimestamps(timestamps)
  }
  return builder.createTopology().topology
}

test('tasks of one component are taken for one partition by a bolt with timestamps of its own', (t) => {
  const found = { bolt: 'hours', from: 'parse', tasks: 2 }
  const parallel = topologyOf('hours', 2)
  t.like(outOfStep(parallel, 'hours'), found)
  // Its event time comes from there.
  t.like(outOfStep(parallel, 'sums'), found)
  t.is(outOfStep(parallel, 'parse'), undefined)
  t.is(outOfStep(topologyOf('hours', 1), 'hours'), undefined)
  t.is(outOfStep(topologyOf('hours', 2, { field: 'at', partition: 'at' }), 'hours'), undefined)
  t.is(outOfStep(topologyOf('lines', 2), 'hours'), undefined)
})

test('late tuples are told of when they are many, and again when they are ten times as many', (t) => {
  const told: Problem[] = []
  let late = 0
  const totals = { namedBy: () => late, executedBy: () => 5000 }
  const topology = topologyOf('hours', 2)
  const tuples = new LateTuples({ plan: { topology } }, totals, { onProblem: (problem) => told.push(problem) })
  const task = { task: 4 as TaskId, component: 'hours', counters: [], named: { late: 1 } }
  const snapshot = { tasks: [task] } as never
  for (late = 1; late < 2000; late++) tuples.check(snapshot)
  t.deepEqual(
    told.map(({ code, where }) => [code, where]),
    [
      ['TUPLES_LATE', { component: 'hours' }],
      ['TUPLES_LATE', { component: 'hours' }],
    ],
  )
  t.regex(told[0]!.message, /\b100\b.*"parse"/)
  tuples.check({ tasks: [{ ...task, named: {} }] } as never)
  t.is(told.length, 2)
})
