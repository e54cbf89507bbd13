import test from 'ava'
import fc from 'fast-check'
import { SimulatedClock } from '../../lib/testing/index.ts'

const SEED = 20_260

test('time stands still until it is advanced, and then passes by just so much', async (t) => {
  const clock = new SimulatedClock()
  t.is(clock.now(), 0)
  await clock.advance(0)
  t.is(clock.now(), 0)
  await clock.advance(1000)
  await clock.advance(500)
  t.is(clock.now(), 1500)
})

test('time does not go back', async (t) => {
  const clock = new SimulatedClock()
  await t.throwsAsync(clock.advance(-1500), { instanceOf: RangeError, message: 'time cannot be advanced by -1500 ms' })
  await t.throwsAsync(clock.advance(Number.NaN), { instanceOf: RangeError })
  t.is(clock.now(), 0)
})

test('callbacks run at their time, those of the same time in the order in which they were asked for', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20)), fc.nat(20), async (delays, ms) => {
      const clock = new SimulatedClock()
      const ran: [number, number][] = []
      for (const [index, delay] of delays.entries()) clock.after(delay, () => ran.push([clock.now(), index]))
      await clock.advance(ms)
      const due = [...delays.entries()]
        .filter(([, delay]) => delay <= ms)
        .map(([index, delay]): [number, number] => [delay, index])
      t.deepEqual(
        ran,
        due.sort(([a, i], [b, j]) => a - b || i - j),
      )
      t.is(clock.now(), ms)
    }),
    { seed: SEED, numRuns: 200 },
  )
})

test('a callback that was cancelled never runs, even where its neighbour cancels it', async (t) => {
  const clock = new SimulatedClock()
  const ran: string[] = []
  clock.after(1, () => ran.push('a'))()
  const cancel = clock.after(3, () => ran.push('b'))
  clock.after(2, cancel)
  clock.after(3, () => ran.push('c'))
  await clock.advance(10)
  t.deepEqual(ran, ['c'])
})

test('what a callback asks for within the time that passes runs as well', async (t) => {
  const clock = new SimulatedClock()
  const times: number[] = []
  const again = (): void => {
    times.push(clock.now())
    clock.after(10, again)
  }
  again()
  await clock.advance(35)
  t.deepEqual(times, [0, 10, 20, 30])
})

test('soon costs a little time, so that time goes on where somebody never rests', async (t) => {
  const clock = new SimulatedClock()
  let turns = 0
  const again = (): void => {
    turns++
    clock.soon(again)
  }
  clock.soon(again)
  await clock.advance(1)
  t.true(turns >= 50 && turns <= 200, `${turns}`)
})

test('between two callbacks every promise that can go on has gone on', async (t) => {
  const clock = new SimulatedClock()
  const steps: string[] = []
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve))
  const walk = async (): Promise<void> => {
    await sleep(5)
    for (let step = 0; step < 20; step++) await Promise.resolve()
    steps.push(`walked at ${clock.now()}`)
    await sleep(5)
    steps.push(`slept at ${clock.now()}`)
  }
  clock.after(5.5, () => steps.push('tick'))
  void walk()
  await clock.advance(20)
  t.deepEqual(steps, ['walked at 5', 'tick', 'slept at 10'])
})

test('until stops at the moment at which its condition holds, or gives up', async (t) => {
  const clock = new SimulatedClock()
  let rung = false
  clock.after(40, () => {
    rung = true
  })
  clock.after(60, () => {})
  t.false(await clock.until(() => rung, 30))
  t.true(await clock.until(() => rung, 100))
  t.is(clock.now(), 40)
  t.false(await clock.until(() => false, 1_000_000))
})
