/**
 * Random worlds of Trident: spouts that replay a batch as it was or otherwise, chains of segments and states, windows;
 * lost frames, cut cables, crashing workers, functions that throw and disks that write a half.
 *
 * The laws: what stands in the states at the end is what a plain count says; and no state is told of a transaction
 * after it, or any other, was told of a later one.
 *
 * `SIMULATION_RUNS=500 npx ava dist/spec/simulation/trident.spec.js` tries more worlds, `SIMULATION_SEED=123` begins
 * with that one.
 */
import test from 'ava'
import { volume } from '../volume.ts'
import { runTrident } from './trident-run.ts'
import { makeTridentWorld } from './trident-world.ts'

const FIRST_SEED = Number(process.env['SIMULATION_SEED'] ?? 1)
const RUNS = Number(process.env['SIMULATION_RUNS'] ?? volume(8, 20))

for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
  test.serial(`in the Trident world of seed ${seed} every tuple is counted once`, async (t) => {
    const again = `again: SIMULATION_SEED=${seed} SIMULATION_RUNS=1 npx ava dist/spec/simulation/trident.spec.js`
    try {
      const { faults } = await runTrident(seed)
      if (faults.length > 0) t.log(again, JSON.stringify({ ...makeTridentWorld(seed), sources: [] }, null, 1))
      t.deepEqual(faults, [])
    } catch (error) {
      t.log(again, JSON.stringify({ ...makeTridentWorld(seed), sources: [] }, null, 1))
      throw error
    }
  })
}

test.serial('the same seed gives the same run of Trident', async (t) => {
  const [one, other] = [await runTrident(FIRST_SEED), await runTrident(FIRST_SEED)]
  t.deepEqual(one.report, other.report)
})
