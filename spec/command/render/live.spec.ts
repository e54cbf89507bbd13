import test from 'ava'
import { lineWidth } from '../../../lib/command/render/line.ts'
import { liveFrame, type RunView } from '../../../lib/command/render/live.ts'
import { nextLineAt, progressLine } from '../../../lib/command/render/progress-line.ts'
import type { ComponentRates } from '../../../lib/run/index.ts'
import { textOf } from '../parts.ts'

const LINES: ComponentRates = {
  id: 'lines',
  kind: 'spout',
  tasks: 1,
  emittedPerSecond: 1234.5,
  executedPerSecond: 0,
  ackedPerSecond: 100,
  capacity: 0.05,
  latencyMs: 12.34,
  failed: 4,
  queued: 0,
}
const SPLIT: ComponentRates = {
  id: 'split',
  kind: 'bolt',
  tasks: 2,
  emittedPerSecond: 10_000,
  executedPerSecond: 1234.5,
  ackedPerSecond: 0,
  capacity: 0.954,
  latencyMs: undefined,
  failed: 0,
  queued: 2048,
}
const VIEW: RunView = {
  topology: 'example',
  status: 'running',
  seconds: 12.34,
  workerCount: 2,
  memoryBytes: 184_000_000,
  cores: 1.5,
  tracked: true,
  roots: { acked: 12_345, ackedPerSecond: 1230, pending: 16, failed: 4 },
  components: [LINES, SPLIT],
}

test('the live table has a line about the run and a line for each component', (t) => {
  t.deepEqual(textOf(liveFrame(VIEW, { columns: 100, rows: 24 })), [
    'example  running  12.3 s  roots 12,345 acked, 16 pending, 4 failed  2 workers  184 MB',
    'component  tasks  emitted/s  executed/s  capacity  latency  failed  queued',
    'lines          1      1,235                    5%  12.3 ms       4',
    'split          2     10,000       1,235       95%        -       0   2,048',
  ])
})

test('a task without time to spare and failures stand out', (t) => {
  const red = liveFrame(VIEW, { columns: 100, rows: 24 })
    .flat()
    .filter(({ style }) => style === 'red')
    .map(({ text }) => text.trim())
  t.deepEqual(red, ['4 failed', '4', '95%'])
})

test('a narrow terminal gets fewer columns', (t) => {
  const [, ...rows] = liveFrame(VIEW, { columns: 62, rows: 24 })
  t.true(rows.every((row) => lineWidth(row) <= 62))
  t.is(textOf(rows)[0], 'component  emitted/s  executed/s  capacity  latency  failed')
})

test('a frame is not taller than the terminal', (t) => {
  const components = Array.from({ length: 30 }, (_, index) => ({ ...SPLIT, id: `bolt-${index}` }))
  const frame = textOf(liveFrame({ ...VIEW, components }, { columns: 100, rows: 10 }))
  t.is(frame.length, 9)
  t.is(frame.at(-2)?.split(' ')[0], 'bolt-5')
  t.is(frame.at(-1), '… and 24 more components')
})

test('without ackers the live table says so', (t) => {
  const [header] = textOf(liveFrame({ ...VIEW, tracked: false }, { columns: 100, rows: 24 }))
  t.is(header, 'example  running  12.3 s  untracked  2 workers  184 MB')
})

test('progress in one line', (t) => {
  t.is(
    progressLine(VIEW),
    '12.3 s  running  12,345 roots acked (1,230/s), 16 pending, 4 failed  emitted/s: lines 1,235  executed/s: split 1,235  184 MB',
  )
  t.is(
    progressLine({ ...VIEW, tracked: false, components: [LINES] }),
    '12.3 s  running  emitted/s: lines 1,235  184 MB',
  )
})

test('lines of progress become rarer, so that a long run has a short log', (t) => {
  t.deepEqual([0, 58, 60, 590, 600, 7200].map(nextLineAt), [2, 60, 70, 600, 660, 7260])
})
