/** A root that a worker had in hand for as long as it was blocked is known at once. */
import test from 'ava'
import { inquest } from './inquests.ts'

const how = 'its event loop was blocked'

test('its spout fails it at once where that lives in another worker', (t) => {
  const { it, told } = inquest()
  it.accuse({ high: 1, low: 7 }, { worker: 2, how, own: true })
  t.deepEqual(told(), ['condemn root 7 of 1 for 2', 'progress'])
})

test('where its spout ends with the worker it is condemned as one of the trial, when it is staged again', (t) => {
  const { it, die, stage, told } = inquest()
  die(1, true)
  stage(1, ['a', 'b', 'c'])
  it.sent(1, [11, null, 13])
  it.accuse({ high: 1, low: 13 }, { worker: 1, how, own: true })
  die(1)
  told()
  stage(1, ['c'])
  t.deepEqual(told(), ['condemn c of 1 for 1', 'progress'])
  stage(1, ['a', 'b'])
  t.is(told().at(-1), 'trial 2: 1 of 1')
})

test('a root that is in no trial, and whose spout ends with the worker, is sought as ever', (t) => {
  const { it, die, stage, told } = inquest()
  die(1, true)
  stage(1, ['a'])
  it.sent(1, [11])
  it.accuse({ high: 1, low: 12 }, { worker: 1, how, own: true })
  die(1)
  told()
  stage(1, ['a'])
  t.deepEqual(told(), ['trial 2: 1 of 1'])
})
