import test from 'ava'
import fc from 'fast-check'
import { realClock } from '../../../lib/util/time/real-clock.ts'

/** What a timer of Node.js can hold; with more it fires at once. */
const LONGEST_MS = 2 ** 31 - 1

/** Runs `use` with timers that fire when they are told to. @returns the delays that were asked for */
function withTimers(use: (fire: () => boolean) => void): number[] {
  const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis
  const delays: number[] = []
  let waiting: (() => void) | undefined
  const fakes = {
    setTimeout: (callback: () => void, ms: number) => {
      delays.push(ms)
      waiting = callback
    },
    clearTimeout: () => {
      waiting = undefined
    },
  }
  Object.assign(globalThis, fakes)
  try {
    use(() => {
      const due = waiting
      waiting = undefined
      due?.()
      return due !== undefined
    })
  } finally {
    Object.assign(globalThis, { setTimeout: realSetTimeout, clearTimeout: realClearTimeout })
  }
  return delays
}

test('a wait of any length is made of timers that Node.js can hold, and calls back once when all of them are over', (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 20 * LONGEST_MS }), (ms) => {
      let calls = 0
      const delays = withTimers((fire) => {
        realClock.after(ms, () => calls++)
        while (calls === 0 && fire());
      })
      const sum = delays.reduce((all, delay) => all + delay, 0)
      return calls === 1 && sum === ms && delays.every((delay) => delay <= LONGEST_MS)
    }),
  )
  t.pass()
})

test('a long wait can be cancelled in each of its parts', (t) => {
  for (const parts of [0, 1, 2]) {
    let calls = 0
    withTimers((fire) => {
      const cancel = realClock.after(3 * LONGEST_MS, () => calls++)
      for (let part = 0; part < parts; part++) fire()
      cancel()
      while (fire());
    })
    t.is(calls, 0)
  }
})
