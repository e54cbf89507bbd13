/** That the input of a topology has ended is kept, whatever its store does meanwhile. */
import test from 'ava'
import { Completion } from '../../lib/nimbus/hosted/completion.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'

/** A store that refuses so often, and what was kept and told. */
function completion(refusals: number) {
  const clock = new SimulatedClock()
  const seen = { kept: 0, asked: 0, troubles: 0 }
  const keep = async (isStill: () => boolean): Promise<void> => {
    seen.asked++
    if (seen.asked <= refusals) throw new Error('the disk is full')
    if (isStill()) seen.kept++
  }
  return { clock, seen, completion: new Completion(clock, keep, () => void seen.troubles++) }
}

test('it is kept once, and asked for again for as long as the store refuses it', async (t) => {
  const { clock, seen, completion: made } = completion(3)
  made.ended()
  await clock.advance(60_000)
  t.deepEqual(seen, { kept: 1, asked: 4, troubles: 3 })
})

test('where there is another run meanwhile it is asked for no more', async (t) => {
  const { clock, seen, completion: made } = completion(1)
  made.ended()
  await clock.advance(1)
  made.cancel()
  await clock.advance(60_000)
  t.deepEqual(seen, { kept: 0, asked: 1, troubles: 1 })
})
