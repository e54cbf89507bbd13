/** What is measured of windows: sliding counts against a program that does nothing else, written by hand. */
import { limitOf, rateOf } from '../measure.ts'
import type { Row, Scenario } from '../row.ts'
import { EXACTLY_ONCE, inState } from './exact-scenarios.ts'

const NAME = 'sliding count, 60 s by 1 s, 10,000 keys'

/** Part of the usual run. */
export const WINDOW_SCENARIOS: readonly Scenario[] = [{ name: 'windows', run: windows }]

/** One worker: each event acked, and then each exactly once. */
async function windows(seconds: number): Promise<Row[]> {
  const limit = await limitOf('windows', seconds)
  const config = { 'topology.workers': 1, 'topology.drain.timeout.secs': 5 }
  const acked = await rateOf({ topology: 'windows', config }, 'events', 'acked', seconds)
  const exact = await inState({ topology: 'windows', config: { ...EXACTLY_ONCE, ...config } }, (spec) =>
    rateOf(spec, 'events', 'emitted', seconds),
  )
  const ratioTo = (perSecond: number): Pick<Row, 'ratio'> =>
    typeof limit === 'number' ? { ratio: perSecond / limit } : {}
  const { ratio = 0 } = ratioTo(acked.perSecond)
  return [
    { name: 'limit windows', value: limit, unit: typeof limit === 'number' ? 'tuples/s' : '' },
    {
      name: `${NAME}, acked`,
      value: acked.perSecond,
      unit: 'tuples/s',
      cores: acked.cores,
      peakBytes: acked.peakBytes,
      ...ratioTo(acked.perSecond),
      goal: 'ratio 0.35, aim 0.6',
      reached: ratio >= 0.35,
    },
    {
      name: `${NAME}, exactly once, a snapshot each second`,
      value: exact.perSecond,
      unit: 'tuples/s',
      cores: exact.cores,
      peakBytes: exact.peakBytes,
      ...ratioTo(exact.perSecond),
    },
  ]
}
