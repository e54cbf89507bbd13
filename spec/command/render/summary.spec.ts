import test from 'ava'
import { summary } from '../../../lib/command/render/summary.ts'
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
  t.deepEqual(lines.slice(-2), [
    'roots: 20 emitted, 0 acked, 20 failed (3 timeout, 17 worker lost), 18 replayed, 2 dead-lettered',
    '2 dead letters in dead.jsonl',
  ])
})

test('without ackers there are no roots to count', (t) => {
  const lines = textOf(summary(exampleReport(), { ...OPTIONS, tracked: false }))
  t.is(lines.at(-1), 'no tuple was tracked: the topology has no ackers')
})
