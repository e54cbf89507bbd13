/** Which of several nimbuses a host is linked to, in simulated time, with nimbuses that are played. */
import test from 'ava'
import { Dialing } from '../../lib/cluster/supervisor/dialing.ts'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'

const REDIAL_MS = 500

/** What a nimbus does with a host: lets it in, refuses it, or answers nothing. */
type Answer = 'open' | 'refuse' | 'silence'

function begun(answers: Record<string, Answer>) {
  const clock = new SimulatedClock()
  const dialed: string[] = []
  const told: string[] = []
  const given: string[] = []
  const dialing = new Dialing<string>({
    clock,
    open: async (nimbus, signal, onOpen) => {
      dialed.push(nimbus)
      if (answers[nimbus] === 'refuse') throw new TyphoonError('SERVICE_UNREACHABLE', `${nimbus} is not there`)
      if (answers[nimbus] === 'silence')
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            given.push(nimbus)
            reject(signal.reason)
          })
        })
      // Another one may have let it in while this one was answering.
      signal.throwIfAborted()
      onOpen()
      return nimbus
    },
    onProblem: ({ message }) => void told.push(message),
  })
  const stop = new AbortController()
  const link = (): Promise<string | undefined> => dialing.link(Object.keys(answers), stop.signal)
  return { answers, clock, dialed, told, given, link, stop }
}

test('one that answers nothing hinders nobody: whoever leads is found when it does, and the others are let alone', async (t) => {
  const { answers, clock, told, given, link } = begun({ a: 'silence', b: 'refuse', c: 'refuse' })
  const linked = link()
  for (let time = 0; time < 10; time++) await clock.advance(REDIAL_MS)
  // Of each it is told once what is wrong.
  t.is(told.length, 2)
  answers['c'] = 'open'
  await clock.advance(REDIAL_MS)
  t.is(await linked, 'c')
  t.deepEqual(given, ['a'])
})

test('of two that let it in one is linked', async (t) => {
  const { link } = begun({ a: 'open', b: 'open' })
  t.is(await link(), 'a')
})

test('what is wrong is told again after there was a link', async (t) => {
  const { answers, told, link, stop, clock } = begun({ a: 'refuse', b: 'open' })
  await link()
  answers['b'] = 'refuse'
  const again = link()
  await clock.advance(REDIAL_MS)
  stop.abort()
  t.is(await again, undefined)
  t.deepEqual(new Set(told), new Set(['a is not there', 'b is not there']))
  t.true(told.filter((message) => message.startsWith('a')).length >= 1)
})

test('who is stopped dials nobody any more', async (t) => {
  const { dialed, clock, link, stop } = begun({ a: 'refuse' })
  const linked = link()
  await clock.advance(REDIAL_MS)
  stop.abort()
  t.is(await linked, undefined)
  const before = dialed.length
  await clock.advance(10 * REDIAL_MS)
  t.is(dialed.length, before)
})
