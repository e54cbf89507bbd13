import test from 'ava'
import { summary } from '../../../lib/command/render/summary.ts'
import type { Problem } from '../../../lib/errors/typhoon-error.ts'
import { exampleReport, textOf } from '../parts.ts'

const OPTIONS = { tracked: true, restarts: 0 }

test('the summary has the counts of each component, of the roots, and the latencies', (t) => {
  t.deepEqual(textOf(summary(exampleReport(), OPTIONS)), [
    '',
    'example completed after 12.3 s on 2 workers',
    '',
    'component  tasks  emitted  executed  acked  failed',
    'lines          1    1,000         0  1,000       0',
    'split          2   12,345     1,000  1,000       0',
    '',
    'roots: 1,000 emitted, 1,000 acked, 0 failed, 0 replayed, 0 dead-lettered',
    'complete latency: p50 500 µs, p99 12.3 ms, p99.9 123 ms, max 1.23 s',
  ])
})

test('what failed for good, dead letters, and a run in which nothing was acked are warned of', (t) => {
  const roots = {
    emitted: 9,
    acked: 0,
    failed: { timeout: 0, explicit: 9, workerLost: 0 },
    replayed: 2,
    deadLettered: 3,
  }
  const warnings = textOf(summary(exampleReport({ roots, deadLetterFiles: ['dead.jsonl'] }), OPTIONS)).slice(-3)
  t.regex(warnings[0]!, /^warning\[DEAD_LETTERS\]: 3 dead letters in dead\.jsonl; .*--fail-on-dead-letters/)
  t.regex(warnings[1]!, /^warning: 4 roots failed for good/)
  t.regex(warnings[2]!, /^warning: not one of 9 roots was acked/)
})

test('failed roots are told by their reasons', (t) => {
  const roots = {
    emitted: 20,
    acked: 0,
    failed: { timeout: 3, explicit: 0, workerLost: 17 },
    replayed: 18,
    deadLettered: 2,
  }
  const lines = textOf(
    summary(exampleReport({ roots, deadLetterFiles: ['dead.jsonl'], status: 'stopped' }), { ...OPTIONS, restarts: 1 }),
  )
  t.is(lines[1], 'example stopped after 12.3 s on 2 workers (1 restart)')
  t.is(
    lines.find((line) => line.startsWith('roots:')),
    'roots: 20 emitted, 0 acked, 20 failed (3 timeout, 17 worker lost), 18 replayed, 2 dead-lettered',
  )
})

test('where snapshots are taken there are no roots either, and nothing is missing', (t) => {
  const lines = textOf(summary(exampleReport(), { ...OPTIONS, tracked: false, isExact: true }))
  t.is(lines.at(-1), 'no tuple was tracked, for snapshots were taken')
})

test('without ackers there are no roots to count', (t) => {
  const lines = textOf(summary(exampleReport(), { ...OPTIONS, tracked: false }))
  t.is(lines.at(-1), 'no tuple was tracked, for the topology has no ackers')
})

test('that a run can fail where there are dead letters is advice for one that has not', (t) => {
  const roots = { ...exampleReport().roots, deadLettered: 2 }
  const isAdvised = (problem?: Problem): boolean =>
    textOf(summary({ ...exampleReport(), roots, ...(problem && { problem }) }, OPTIONS)).some((line) =>
      line.includes('--fail-on-dead-letters'),
    )
  t.true(isAdvised())
  t.false(isAdvised({ code: 'DEAD_LETTERS', message: '2 tuples of this run ended in the dead letters', where: {} }))
})

test('what the others waited for is said behind the latencies', (t) => {
  const lines = textOf(summary(exampleReport(), { ...OPTIONS, bottleneck: 'Bolt "split" is the bottleneck.' }))
  t.is(lines.at(-1), 'Bolt "split" is the bottleneck.')
})
