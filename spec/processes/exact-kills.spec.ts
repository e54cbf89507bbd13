/**
 * Lines are copied and words counted while workers, all of them, or the whole run are killed or stopped for real, at
 * steps and moments out of a seed. Exactly once: the files are those of a run that nothing has happened to, without a
 * line that is missing or doubled. At least once: no line is missing.
 *
 * `npm run proof:exact-kills` does 40 kills for each guarantee; `EXACT_KILLS_SEED=7` begins with another seed, and
 * `EXACT_KILLS_BACKEND=embedded` has the states in LMDB, as the last test has them for a few kills.
 */
import test from 'ava'
import { Prng } from '../../lib/util/prng.ts'
import { sharedFolder } from '../folder.ts'
import { type ExactStep, RESTORE_STEPS, RUN_STEPS, WORKER_STEPS } from './topologies/exact-kills.ts'
import { ExactRuns } from './topologies/exact-runs.ts'
import type { Kill, Victim } from './topologies/kills.ts'

const SEED = Number(process.env['EXACT_KILLS_SEED'] ?? 1)
/** Each has its own run, and its own seed. */
const SERIES = Number(process.env['EXACT_KILLS_SERIES'] ?? 1)
const BACKEND = process.env['EXACT_KILLS_BACKEND'] ?? 'memory'

const VICTIMS: readonly Victim[] = ['worker', 'all workers', 'run', 'worker, stopped for a moment', 'worker, stopped']
const KILLS = VICTIMS.length

const root = sharedFolder()
const runs = new ExactRuns(root, 2 * (KILLS + 1))

/** Each victim of the list once, at a step that will come after the kill before it. */
function killsOf(random: Prng, guarantee: string): Kill<ExactStep>[] {
  let begins = true
  return random.shuffle([...VICTIMS]).map((victim) => {
    const steps = guarantee === 'exactly-once' ? stepsFor(victim, begins) : (['within an execution'] as const)
    begins = victim !== 'worker, stopped for a moment'
    const step = steps[random.below(steps.length)]!
    return { victim, step, nth: RESTORE_STEPS.includes(step as any) ? 1 : 1 + random.below(3) }
  })
}

/** @param begins whether the workers begin anew after the kill before it */
function stepsFor(victim: Victim, begins: boolean): readonly ExactStep[] {
  const restore = begins ? RESTORE_STEPS : []
  if (!victim.startsWith('worker')) return [...WORKER_STEPS, ...RUN_STEPS, ...restore]
  return [...WORKER_STEPS, ...restore.filter((step) => step === 'while the tasks are prepared')]
}

for (let seed = SEED; seed < SEED + SERIES; seed++) {
  test.serial(
    `exactly once, seed ${seed}: after ${KILLS} kills each line is there once, and each count right`,
    async (t) => {
      const kills = killsOf(new Prng(seed), 'exactly-once')
      const { ended, killed, lines, counts } = await runs.killed(t, 'exactly-once', kills, BACKEND)
      t.log(kills.map(({ victim, step, nth }) => `${victim}, ${step} (${nth})`).join('; '))
      t.is(ended.code, 0, ended.stderr)
      t.is(killed, KILLS, 'not all kills were done')
      t.deepEqual({ lines, counts }, runs.expected)
    },
  )

  test.serial(`at least once, seed ${seed}: after ${KILLS} kills each line is there`, async (t) => {
    const { ended, killed, lines } = await runs.killed(t, 'at-least-once', killsOf(new Prng(seed), 'at-least-once'))
    t.is(ended.code, 0, ended.stderr)
    t.is(killed, KILLS, 'not all kills were done')
    t.deepEqual([...new Set(lines)], runs.expected.lines)
  })
}

test.serial('exactly once, embedded states: after a kill of each kind each count is right', async (t) => {
  const kills: readonly Kill<ExactStep>[] = [
    { victim: 'worker', step: 'when half of a part is written', nth: 2 },
    { victim: 'run', step: 'after a manifest is written', nth: 2 },
    { victim: 'all workers', step: 'within an execution', nth: 3 },
  ]
  const { ended, killed, lines, counts } = await runs.killed(t, 'exactly-once', kills, 'embedded')
  t.is(ended.code, 0, ended.stderr)
  t.is(killed, kills.length, 'not all kills were done')
  t.deepEqual({ lines, counts }, runs.expected)
})
