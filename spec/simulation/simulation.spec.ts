/**
 * Random worlds: topologies, configurations, delays, lost frames, cut cables and crashing workers, each out of one
 * seed.
 *
 * The laws: a root that is acked was in flight and has been executed by every bolt it had to come to; each attempt at a
 * root ends in at most one ack or fail; every root is acked in the end, and the topology completes.
 *
 * `SIMULATION_RUNS=5000 npx ava dist/spec/simulation/*.spec.js` tries more worlds, `SIMULATION_SEED=123` begins with
 * that one.
 */
import test from 'ava'
import { volume } from '../volume.ts'
import { faultsOf, run } from './run.ts'
import { makeWorld } from './world.ts'

const FIRST_SEED = Number(process.env['SIMULATION_SEED'] ?? 1)
const RUNS = Number(process.env['SIMULATION_RUNS'] ?? volume(20, 50))

for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
  test.serial(`in the world of seed ${seed} every root is acked, and none too soon`, async (t) => {
    const again = `again: SIMULATION_SEED=${seed} SIMULATION_RUNS=1 npx ava dist/spec/simulation/*.spec.js`
    try {
      const faults = faultsOf(await run(seed))
      if (faults.length > 0) t.log(again, JSON.stringify(makeWorld(seed), null, 1))
      t.deepEqual(faults, [])
    } catch (error) {
      t.log(again, JSON.stringify(makeWorld(seed), null, 1))
      throw error
    }
  })
}

test.serial('the same seed gives the same run', async (t) => {
  for (const seed of [FIRST_SEED, FIRST_SEED + 1]) {
    const [one, other] = [await run(seed), await run(seed)]
    t.deepEqual(one.report, other.report)
    t.deepEqual(one.journal.verdicts, other.journal.verdicts)
  }
})
