/** Profiles of a worker, as it takes them: in parts, as it is asked, one after the other. */
import test from 'ava'
import { FIRST_PARTS, MOST_OF_PART } from '../../../lib/messaging/profiles.ts'
import { SimulatedClock } from '../../../lib/testing/simulated/simulated-clock.ts'
import { type Profiler, Profiles, type ProfilesPorts } from '../../../lib/worker/profile/profiles.ts'

type Sent = Parameters<ProfilesPorts['send']>[0]

/** A profiler whose CPU profile is a text of so many parts. */
function begun(parts: number, profiler?: Partial<Profiler>) {
  const clock = new SimulatedClock()
  const sent: Sent[] = []
  const now = { sampling: 0, stopped: 0 }
  const made: Profiler = {
    async startCpu() {
      now.sampling++
      return async () => {
        now.stopped++
        return 'x'.repeat(parts * MOST_OF_PART)
      }
    },
    async *heap() {
      for (let part = 0; part < parts; part++) yield `${part}`
    },
    ...profiler,
  }
  const after = (ms: number, call: () => void): (() => void) => clock.after(ms, call)
  const profiles = new Profiles({ profiler: made, after, send: (message) => sent.push(message) })
  return { clock, sent, now, profiles }
}

const CPU = { type: 'profile', profile: 1, kind: 'cpu', ms: 1000 } as const
const HEAP = { type: 'profile', profile: 2, kind: 'heap', ms: 1 } as const

test('no more parts are sent than were asked for, and the last one is followed by the end', async (t) => {
  const { clock, sent, profiles } = begun(FIRST_PARTS + 2)
  profiles.obey(CPU)
  await clock.advance(999)
  t.is(sent.length, 0)
  await clock.advance(1)
  t.deepEqual([sent.length, sent.every(({ type }) => type === 'profiled')], [FIRST_PARTS, true])
  profiles.obey({ type: 'profile-more', profile: 7, parts: 5 })
  profiles.obey({ type: 'profile-more', profile: 1, parts: 1 })
  await clock.advance(1)
  t.is(sent.length, FIRST_PARTS + 1)
  profiles.obey({ type: 'profile-more', profile: 1, parts: 5 })
  await clock.advance(1)
  t.deepEqual(sent.at(-1), { type: 'profile-over', profile: 1 })
  t.is(sent.length, FIRST_PARTS + 3)
})

test('one that is wanted no longer ends at once, and says nothing; the next begins when it has', async (t) => {
  const { clock, sent, now, profiles } = begun(2)
  profiles.obey(CPU)
  await clock.advance(10)
  profiles.obey({ type: 'profile-end', profile: 1 })
  profiles.obey(HEAP)
  await clock.advance(1)
  t.deepEqual(now, { sampling: 1, stopped: 1 })
  t.deepEqual(sent, [
    { type: 'profiled', profile: 2, text: '0' },
    { type: 'profiled', profile: 2, text: '1' },
    { type: 'profile-over', profile: 2 },
  ])
})

test('what cannot be taken is said, and one can be taken after it', async (t) => {
  const { clock, sent, profiles } = begun(1, { startCpu: () => Promise.reject(new Error('no inspector here')) })
  profiles.obey(CPU)
  await clock.advance(1)
  t.deepEqual(sent, [{ type: 'profile-over', profile: 1, why: 'no inspector here' }])
  profiles.obey(HEAP)
  await clock.advance(1)
  t.deepEqual(sent.at(-1), { type: 'profile-over', profile: 2 })
})
