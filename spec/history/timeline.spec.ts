/** What has happened is told in order; what comes again and again is told once, and the list has an end. */
import test from 'ava'
import { Timeline } from '../../lib/history/timeline.ts'

const MINUTE_MS = 60_000

test('an error that comes again within a minute is counted; another component, code or minute is another event', (t) => {
  const timeline = new Timeline()
  const error = { kind: 'error', text: 'no', code: 'EXECUTE_FAILED', component: 'split' } as const
  timeline.add(0, error)
  timeline.add(1000, { ...error, times: 4 })
  timeline.add(2000, { ...error, component: 'count' })
  timeline.add(MINUTE_MS, error)
  timeline.add(MINUTE_MS, { kind: 'worker-lost', text: 'killed', worker: 2 })
  timeline.add(MINUTE_MS, { kind: 'worker-lost', text: 'killed', worker: 2 })
  t.deepEqual(
    timeline.all.map(({ number, kind, component, times }) => [number, kind, component, times]),
    [
      [2, 'error', 'split', 5],
      [3, 'error', 'count', undefined],
      [4, 'error', 'split', undefined],
      [5, 'worker-lost', undefined, undefined],
      [6, 'worker-lost', undefined, undefined],
    ],
  )
})

test('the oldest events make room, and a text of a megabyte is cut', (t) => {
  const timeline = new Timeline()
  for (let i = 0; i < 10_000; i++) timeline.add(i, { kind: 'status', text: 'x'.repeat(i === 9999 ? 1e6 : 1) })
  t.is(timeline.all.length, 500)
  t.is(timeline.all[0]!.number, 9501)
  t.is(timeline.all.at(-1)!.text.length, 1000)
})
