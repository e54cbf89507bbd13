import test from 'ava'
import fc from 'fast-check'
import { Tally } from '../../lib/util/collections/tally.ts'

/** What comes of senders that send so many each: a number is the end of one, null one of what was sent. */
const COUNTS = fc.array(fc.nat(5), { minLength: 1, maxLength: 5 })
const EVENTS = COUNTS.chain((counts) => {
  const events: (number | null)[] = counts.flatMap((count) => [count, ...new Array<null>(count).fill(null)])
  const all = fc.shuffledSubarray(events, { minLength: events.length })
  return all.map((shuffled) => ({ senders: counts.length, events: shuffled }))
})

const tell = (tally: Tally, event: number | null): void => {
  if (event === null) tally.received++
  else tally.end(event)
}

test('it is whole when everything has come, in whatever order, and not before', (t) => {
  fc.assert(
    fc.property(EVENTS, ({ senders, events }) => {
      const tally = new Tally()
      for (const event of events) {
        t.false(tally.isWhole(senders))
        tell(tally, event)
      }
      t.true(tally.isWhole(senders))
    }),
  )
})

test('what was lost on the way leaves it open for ever, though all senders have said their end', (t) => {
  const tally = new Tally()
  for (const event of [2, null, 1, null]) tell(tally, event)
  t.is(tally.ended, 2)
  t.false(tally.isWhole(2))
})
