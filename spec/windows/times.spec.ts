/** Which tuple lies in which window where times are odd: fractions, the edges of time, what is late. */
import test from 'ava'
import {
  KeyedWindowBolt,
  type KeyedWindowOptions,
  session,
  sliding,
  summing,
  tumbling,
} from '../../lib/windows/index.ts'
import { TimedRun } from './kit.ts'

const input = ['key', 'time', 'value']
const keyed = (more: Partial<KeyedWindowOptions>) => () =>
  new KeyedWindowBolt({
    keys: ['key'],
    window: tumbling(10),
    aggregates: { result: summing('value') },
    timestamps: { field: 'time' },
    ...more,
  })

test('what comes with the time of the watermark is not late', (t) => {
  const run = new TimedRun(keyed({}), { input })
  run.send(['a', 9, 1])
  run.watermark(9)
  run.send(['a', 9, 2])
  run.watermark(10)
  t.deepEqual(run.take(), [['a', 3, 0, 10]])
  t.is(run.context.counts.get('late'), undefined)
})

for (const window of [tumbling(1000), sliding(1000, 500), session(1000)])
  for (const latenessMs of [0, 1000])
    test(`a fraction of a millisecond is rounded down, and lost nowhere: ${JSON.stringify(window)}, lateness ${latenessMs}`, (t) => {
      const run = new TimedRun(keyed({ window, latenessMs, accumulation: 'discarding' }), { input })
      run.send(['a', 999.2, 1])
      run.watermark(999)
      run.send(['a', 999.5, 2])
      run.send(['a', 999.999, 4])
      run.endOfInput()
      const sums = run.take().map(([, sum]) => sum)
      t.true(sums.every((sum) => sum === 7))
      t.is(run.context.counts.get('late'), undefined)
    })

for (const window of [tumbling(1000), tumbling(7, 3), sliding(1000, 300), session(1000)])
  for (const time of [1e22, 2 ** 53, Number.MAX_VALUE, -1e22, 8.64e15 + 2])
    test(`a time that no date can have is refused, and hangs nothing: ${time}, ${JSON.stringify(window)}`, (t) => {
      const run = new TimedRun(keyed({ window }), { input })
      t.throws(() => run.send(['a', time, 1]), { code: 'BAD_TIMESTAMP' })
      for (const edge of [8.64e15, -8.64e15]) run.send(['a', edge, 2])
      run.endOfInput()
      t.true(run.take().length >= 2)
    })

for (const [latenessMs, closedAt] of [
  [0, 1100],
  [50, 1100],
] as const)
  test(`a tuple that lies in a session that is closed is late, and no session overlaps it: lateness ${latenessMs}`, (t) => {
    const make = keyed({ window: session(1000), latenessMs })
    let run = new TimedRun(make, { exact: true, input })
    run.send(['a', 0, 1])
    run.send(['a', 1100, 2])
    run.watermark(closedAt)
    run = run.restored()
    run.send(['a', 600, 4])
    t.is(run.context.counts.get('late'), 1)
    run.send(['a', 1050, 8])
    run.watermark(2051)
    t.is(run.context.state('sessions').size, 1)
    run.send(['a', 5000, 16])
    run.endOfInput()
    t.deepEqual(run.take(), [
      ['a', 10, 1050, 2100],
      ['a', 16, 5000, 6000],
    ])
    t.is(run.context.state('sessions').size, 0)
  })
