/**
 * A worker, or the whole run, is killed for real at each step of the way that a commit goes: each tuple is counted
 * once. The store of these tests writes a batch in two halves, so that a commit can be found half written.
 */
import test from 'ava'
import { countOf, runKilled } from './topologies/killed-counts.ts'
import type { Kill } from './topologies/kills.ts'
import { rowsOf } from './topologies/trident-killed.ts'
import { STEPS } from './topologies/trident-kills.ts'

const expected = countOf(rowsOf().flat(2))
const SOURCES = ['transactional', 'opaque'] as const

for (const source of SOURCES) {
  test(`workers are killed at one step after the other, behind a spout that is ${source}: each row is counted once`, async (t) => {
    const kills = STEPS.map((step, index): Kill => ({ step, nth: 1 + (index % 2), victim: 'worker' }))
    const { ended, killed, starts, counts } = await runKilled(t, { source, store: 'halved', kills })
    t.is(ended.code, 0, ended.stderr)
    t.is(killed, kills.length, 'not all kills were done')
    t.is(starts, 1)
    t.deepEqual(counts, expected)
  })
}

for (const [turn, source] of SOURCES.entries()) {
  const steps = STEPS.filter((_, index) => index % 2 === turn)
  test(`the run is killed at ${steps.length} steps and started again each time, behind a spout that is ${source}: each row is counted once`, async (t) => {
    const kills = steps.map((step): Kill => ({ step, nth: 2, victim: 'run' }))
    const { ended, killed, starts, counts } = await runKilled(t, { source, store: 'halved', kills })
    t.is(ended.code, 0, ended.stderr)
    t.is(killed, kills.length, 'not all kills were done')
    t.is(starts, 1 + kills.length)
    t.deepEqual(counts, expected)
  })
}
