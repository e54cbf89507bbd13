/** Deaths by a signal, which somebody outside may have sent: a root is condemned only against a control. */
import test from 'ava'
import { inquest } from './inquests.ts'

test('where somebody may have killed the worker, a suspect is tried again only when nothing was in flight for a while', async (t) => {
  const { it, killed, told, clock, stage } = inquest()
  killed(2)
  stage(1, ['a'])
  killed(2)
  told()
  stage(1, ['a'])
  stage(2, ['b'])
  t.deepEqual(told(), [])
  await clock.advance(999)
  t.deepEqual(told(), [])
  await clock.advance(1)
  t.deepEqual(told(), ['trial 2: 1 of 1'])
  it.settled(2, true)
  t.deepEqual(told(), ['progress', 'trial 3: 1 of 2'])
})

test('three deaths with a root alone condemn it where somebody may have killed the worker each time', async (t) => {
  const { killed, told, clock, stage } = inquest()
  killed(2)
  for (const quietMs of [0, 1000, 2000]) {
    stage(1, ['a'])
    await clock.advance(quietMs)
    killed(2)
  }
  stage(1, ['a'])
  t.is(told().at(-2), 'condemn a of 1 for 2')
})

test('a while in which nothing is in flight is longer the longer the trial was', async (t) => {
  const { killed, told, clock, stage } = inquest()
  killed(2)
  stage(1, ['a'])
  await clock.advance(900)
  killed(2)
  told()
  stage(1, ['a'])
  await clock.advance(3599)
  t.deepEqual(told(), [])
  await clock.advance(1)
  t.deepEqual(told(), ['trial 2: 1 of 1'])
})

test('a death while nothing is in flight shows that workers die without the suspect: it begins anew, and its spout need not ask again', async (t) => {
  const { killed, told, clock, stage } = inquest()
  killed(2)
  for (const quietMs of [0, 1000]) {
    stage(1, ['a'])
    await clock.advance(quietMs)
    killed(2)
  }
  stage(1, ['a'])
  await clock.advance(500)
  told()
  killed(2)
  t.deepEqual(told(), ['trial 3: 1 of 1'])
  killed(2)
  stage(1, ['a'])
  await clock.advance(1000)
  t.is(told().at(-1), 'trial 4: 1 of 1')
})
