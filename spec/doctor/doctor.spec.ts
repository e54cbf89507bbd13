/** Figures in, findings out: a table. The sentences are what their reader sees, so that they stand here whole. */
import { readFileSync } from 'node:fs'
import test from 'ava'
import { findingsIn } from '../../lib/doctor/doctor.ts'
import { FINDINGS, type Looked } from '../../lib/doctor/finding.ts'
import { component, looked, task, worker } from './parts.ts'

const FLOORS = [50e6, 70e6, 90e6, 110e6, 130e6, 150e6, 170e6]

/** By what is to be found: code and severity, and whose it is. */
const CASES: Readonly<Record<string, Looked>> = {
  '': looked(),
  'BOTTLENECK warning parse': looked({
    lines: component('spout', [task(1, { heldShare: 0.6 })]),
    parse: component('bolt', [task(2, { capacity: 0.97, fullShare: 0.8 })]),
  }),
  'BOTTLENECK warning count': looked({
    parse: component('bolt', [task(2, { heldShare: 0.3 })]),
    count: component('bolt', [task(3, { capacity: 0.8, fullShare: 0.3 }), task(4, { capacity: 0.7, fullShare: 0.3 })]),
  }),
  // Busy, but nobody waits for it: it has just enough to do.
  'WORKER_FULL note 1': looked({ parse: component('bolt', [task(2, { capacity: 0.97 })]) }),
  'WAITS_FOR_PROMISES warning parse': looked({
    lines: component('spout', [task(1, { heldShare: 0.7 })]),
    parse: component('bolt', [task(2, { capacity: 0.05, fullShare: 0.9 })], { executeLatencyMs: 40 }),
  }),
  'SKEWED_KEYS warning count': looked({
    count: component('bolt', [task(3, { executed: 9500, capacity: 0.6, worker: 2 }), task(4, { executed: 500 })], {
      hotKeys: [{ key: '"the"', share: 0.91 }],
    }),
  }),
  // Of 4 tasks none has twice its share.
  '-': looked({
    count: component(
      'bolt',
      [3, 4, 5, 6].map((number) => task(number, { executed: number === 3 ? 4000 : 2000 })),
    ),
  }),
  'LAGGING_SOURCE warning lines': looked({
    lines: component('spout', [task(1)], {
      backlog: { unit: 'records', now: 700, parts: [100, 200, 300, 400, 500, 600, 700] },
    }),
  }),
  // It rises and falls.
  '---': looked({
    lines: component('spout', [task(1)], {
      backlog: { unit: 'bytes', now: 7e6, parts: [1e6, 9e6, 2e6, 8e6, 3e6, 7e6, 7e6] },
    }),
  }),
  'FAILS critical parse': looked({ parse: component('bolt', [task(2)], { failed: 100, acked: 900 }) }),
  'FAILS warning parse': looked({ parse: component('bolt', [task(2)], { failed: 1, acked: 900 }) }, {}, [
    { kind: 'error', code: 'EXECUTE_FAILED', component: 'parse', text: 'no such field' },
  ]),
  'LATE_TUPLES critical count': looked({
    count: component('bolt', [task(3)], { executed: 1000, counters: { late: 120 } }),
  }),
  'LATE_TUPLES warning count': looked({
    count: component('bolt', [task(3)], { executed: 10_000, counters: { late: 120 } }),
  }),
  // So few of so many are none.
  '----': looked({ count: component('bolt', [task(3)], { executed: 100_000, counters: { late: 120 } }) }),
  'TIMES_OUT warning lines': looked({
    lines: component('spout', [task(1)], { failedBy: { timeout: 3, explicit: 0, workerLost: 0 } }),
    parse: component('bolt', [task(2)], { queued: 900 }),
  }),
  'POISON_ROW critical lines': looked({ lines: component('spout', [task(1)], { deadLettered: 1 }) }, {}, [
    { kind: 'error', code: 'POISON_TUPLE', text: 'a tuple ends every worker' },
  ]),
  'LEAKING_WORKER critical 1': looked({}, { 1: worker({ heapFloors: FLOORS, heapLimitBytes: 300e6 }) }),
  'LEAKING_WORKER warning 1': looked({}, { 1: worker({ heapFloors: FLOORS, heapLimitBytes: 20_000e6 }) }),
  'COLLECTS_GARBAGE warning 1': looked({}, { 1: worker({ gcShare: 0.3 }) }),
  'BLOCKED_LOOP note 1': looked({}, { 1: worker({ mostLoopDelayMs: 400 }) }),
  'BLOCKED_LOOP warning 1': looked({}, { 1: worker({ mostLoopDelayMs: 4000 }) }),
  'SNAPSHOTS_FAIL warning': looked({}, {}, [{ kind: 'error', code: 'SNAPSHOT_LATE', text: 'a snapshot is late' }]),
  'WORKERS_DIE warning 2': looked({}, {}, [{ kind: 'worker-lost', worker: 2, text: 'killed by SIGKILL' }]),
  'WORKERS_DIE critical 2': looked(
    {},
    {},
    [1, 2, 3].map(() => ({ kind: 'worker-lost', worker: 2, text: 'out of memory' })),
  ),
  'RUN_FAILING critical': looked({}, {}, [{ kind: 'run-failed', code: 'PORT_TAKEN', text: 'the port is taken' }]),
  'NO_SLOTS critical': looked({}, {}, [{ kind: 'run-failed', code: 'NO_SLOTS', text: '2 workers have no slot' }]),
  // It has found slots since.
  '--': looked({}, {}, [
    { kind: 'run-failed', code: 'NO_SLOTS', text: '2 workers have no slot' },
    { kind: 'status', text: 'running' },
  ]),
}

for (const [wanted, figures] of Object.entries(CASES)) {
  test(`finds ${wanted === '' ? 'nothing where all is well' : wanted}`, (t) => {
    const found = findingsIn(figures).map(({ code, severity, component, worker }) =>
      [code, severity, component ?? worker ?? ''].join(' ').trim(),
    )
    t.deepEqual(found, wanted.replaceAll('-', '') === '' ? [] : [wanted])
  })
}

test('every finding is found by the table, and stands in the document', (t) => {
  const document = readFileSync(new URL('../../../docs/service.md', import.meta.url), 'utf8')
  for (const [code, meaning] of Object.entries(FINDINGS))
    t.true(document.includes(`| \`${code}\` | ${meaning} |`), code)
  const found = new Set(Object.keys(CASES).map((wanted) => wanted.split(' ')[0]!))
  t.deepEqual(
    Object.keys(FINDINGS).filter((code) => !found.has(code)),
    [],
  )
})

test('the gravest stand first, and each says its numbers', (t) => {
  const all = looked(
    {
      lines: component('spout', [task(1, { heldShare: 0.6 })], { deadLettered: 2 }),
      parse: component('bolt', [task(2, { capacity: 0.97, fullShare: 0.8 })]),
    },
    { 1: worker({ mostLoopDelayMs: 400 }) },
  )
  t.deepEqual(
    findingsIn(all).map(({ code, text, advice }) => [code, text, advice]),
    [
      [
        'POISON_ROW',
        '2 tuples of "lines" were given up and became dead letters.',
        'The file of dead letters has their values and reasons: mend the data or the bolt, and emit them again.',
      ],
      [
        'BOTTLENECK',
        'Bolt "parse" is the bottleneck: 97 % busy on its one task, its inbox is full 80 % of the time; "lines" waits for it 60 % of the time.',
        'Parallelism 4 would do, with as many workers as there are processor cores for it.',
      ],
      [
        'BLOCKED_LOOP',
        'The event loop of worker 1 was held for 400 ms at a time: its other tasks, its links and its timers wait meanwhile.',
        'Let the bolt do less in one execute, or give long computations to a thread and return a promise.',
      ],
    ],
  )
})
