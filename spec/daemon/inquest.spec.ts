import test from 'ava'
import { Inquest } from '../../lib/daemon/inquest.ts'
import { SimulatedClock } from '../../lib/testing/simulated-clock.ts'

/** Two workers: spout task 1 lives in worker 1, spout task 2 in worker 2. */
function inquest() {
  const clock = new SimulatedClock()
  const told: string[] = []
  let round = 0
  let ready = true
  const it = new Inquest([1, 2], {
    after: (ms, call) => clock.after(ms, call),
    setTrials: (on) => told.push(`trials ${on ? 'on' : 'off'}`),
    letGo: (task, trial, count) => told.push(`trial ${trial}: ${count} of ${task}`),
    goOn: (task) => told.push(`go on ${task}`),
    condemn: (task, worker) => told.push(`condemn ${task} for ${worker}`),
    ask(asked) {
      round = asked
      told.push('ask')
      return true
    },
    areAllReady: () => ready,
    onProgress: () => told.push('progress'),
  })
  return {
    it,
    clock,
    die: (worker: number, suspicious = false) => it.died(worker, [worker], suspicious),
    answer: (worker: number) => it.answered(worker, round),
    setReady(all: boolean): void {
      ready = all
    },
    /** What was told since the last time. */
    told: () => told.splice(0),
  }
}

test('a suspicious death begins it, and it is over when none has died for a while', async (t) => {
  const { die, told, clock, it } = inquest()
  t.false(die(2))
  t.deepEqual(told(), [])
  t.true(die(2, true))
  t.deepEqual(told(), ['trials on'])
  await clock.advance(9_999)
  t.true(it.isOn)
  await clock.advance(1)
  t.false(it.isOn)
  t.deepEqual(told(), ['trials off'])
})

test('it is not over while a worker is still being started, or while something is tried', async (t) => {
  const { it, die, setReady, clock } = inquest()
  die(2, true)
  setReady(false)
  await clock.advance(60_000)
  t.true(it.isOn)
  setReady(true)
  it.staged(1, ['a'])
  await clock.advance(60_000)
  t.true(it.isOn)
  it.settled(1, true)
  await clock.advance(10_000)
  t.false(it.isOn)
})

test('one trial at a time: another spout waits until the roots of the first have come through', (t) => {
  const { it, die, told } = inquest()
  die(2, true)
  it.staged(1, ['a', 'b'])
  it.staged(2, ['c'])
  t.deepEqual(told(), ['trials on', 'trial 1: 2 of 1'])
  it.settled(1, true)
  t.deepEqual(told(), ['progress', 'trial 2: 1 of 2'])
})

test('what was tried when a worker died is tried one by one; the root of which it dies twice alone is condemned', (t) => {
  const { it, die, told } = inquest()
  die(2, true)
  it.staged(1, ['a', 'b'])
  die(2)
  told()
  it.staged(1, ['a', 'b', 'new'])
  it.settled(2, true)
  it.staged(1, ['b', 'new'])
  t.deepEqual(told(), ['trial 2: 1 of 1', 'progress', 'trial 3: 1 of 1'])
  die(2)
  it.staged(1, ['b', 'new'])
  die(2)
  it.staged(1, ['b', 'new'])
  t.deepEqual(told(), ['trial 4: 1 of 1', 'condemn 1 for 2'])
  it.staged(1, ['new'])
  t.deepEqual(told(), ['trial 5: 1 of 1'])
})

test('roots that are no suspects go together, up to the first that is one', (t) => {
  const { it, die, told } = inquest()
  die(2, true)
  it.staged(1, ['a', 'b'])
  die(2)
  told()
  it.staged(1, ['new', 'newer', 'b', 'a'])
  t.deepEqual(told(), ['trial 2: 2 of 1'])
})

test('a root that comes through once is no suspect any more, though a worker had died of it alone, as it seemed', (t) => {
  const { it, die, told } = inquest()
  die(2, true)
  it.staged(1, ['a'])
  die(2)
  it.staged(1, ['a'])
  it.settled(2, true)
  it.staged(1, ['a'])
  die(2)
  told()
  it.staged(1, ['a'])
  t.deepEqual(told(), ['trial 4: 1 of 1'])
})

test('roots that are lost before their worker is found dead are judged at its death', async (t) => {
  const { it, die, told, clock } = inquest()
  die(2, true)
  for (const trial of [1, 2]) {
    it.staged(1, ['a'])
    it.settled(trial, false)
    await clock.advance(100)
    die(2)
  }
  it.staged(1, ['a'])
  t.is(told().at(-1), 'condemn 1 for 2')
})

test('a trial that takes long makes room when every worker shows that it is not blocked, and not before', async (t) => {
  const { it, die, told, answer, clock } = inquest()
  die(2, true)
  it.staged(1, ['held'])
  it.staged(2, ['next'])
  told()
  await clock.advance(1_000)
  t.deepEqual(told(), ['ask'])
  answer(1)
  t.deepEqual(told(), [])
  answer(2)
  t.deepEqual(told(), ['trial 2: 1 of 2', 'go on 1'])
})

test('what was found out of a spout outlives its worker', (t) => {
  const { it, die, told } = inquest()
  die(1, true)
  for (let trial = 0; trial < 2; trial++) {
    it.staged(1, ['a'])
    die(1)
  }
  told()
  it.staged(1, ['a'])
  t.deepEqual(told(), ['condemn 1 for 1'])
})
