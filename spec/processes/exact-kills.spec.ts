/**
 * Lines are copied and words counted while workers, all of them, or the whole run are killed or stopped for real, at
 * steps and moments out of a seed. Exactly once: the files are those of a run that nothing has happened to, without a
 * line that is missing or doubled. At least once: no line is missing.
 *
 * `npm run proof:exact-kills` does 40 kills for each guarantee; `EXACT_KILLS_SEED=7` begins with another seed.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { Prng } from '../../lib/util/prng.ts'
import { codesOf, configured, type Ended, topologyFile, typhoonProcess, variables } from './cli.ts'
import { type ExactStep, RESTORE_STEPS, RUN_STEPS, WORKER_STEPS } from './topologies/exact-kills.ts'
import type { Kill, Victim } from './topologies/kills.ts'

const SEED = Number(process.env['EXACT_KILLS_SEED'] ?? 1)
/** Each has its own run, and its own seed. */
const SERIES = Number(process.env['EXACT_KILLS_SERIES'] ?? 1)
const KILLS = 8
const FILES = 2 * (KILLS + 1)
/** Of a run, whatever ends it. */
const STARTS = 4 * KILLS
const LINES = 300
const WORDS = 40

const root = mkdtempSync(join(tmpdir(), 'typhoon-exact-kills-'))
test.after.always(() => rmSync(root, { recursive: true, force: true }))

const input = join(root, 'input')
mkdirSync(input)
const lines: string[] = []
for (let file = 0; file < FILES; file++) {
  const own = Array.from({ length: LINES }, (_, line) => `${file}:${line} w${(file * line) % WORDS} w${line % WORDS}`)
  writeFileSync(join(input, `${String(file).padStart(3, '0')}.txt`), own.map((line) => `${line}\n`).join(''))
  lines.push(...own)
}

function countsOf(all: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const word of all.flatMap((line) => line.split(' '))) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].map(([word, count]) => `${word}\t${count}`).sort()
}

const VICTIMS: readonly Victim[] = [
  'worker',
  'all workers',
  'run',
  'worker',
  'worker, stopped for a moment',
  'all workers',
  'run',
  'worker, stopped',
]

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

interface Outcome {
  /** Of the last start. */
  readonly ended: Ended
  readonly killed: number
  readonly lines: readonly string[]
  readonly counts: readonly string[]
}

/** Starts it, and again each time that the whole of it was killed. */
async function runKilled(guarantee: string, kills: readonly Kill<ExactStep>[]): Promise<Outcome> {
  const folder = mkdtempSync(join(root, 'run-'))
  const claims = join(folder, 'claims')
  mkdirSync(claims)
  const given = {
    guarantee,
    input,
    output: folder,
    kills: JSON.stringify(kills),
    claims,
    driver: String(process.pid),
  }
  const args = ['run', topologyFile('exact-killed'), '--json', ...variables(given)]
  let ended: Ended
  let starts = 0
  do {
    ended = await typhoonProcess([...args, ...configured({ 'topology.state.dir': join(folder, 'state') })])
    // Where a worker of the run before stands still and is not over, its files are refused until it is.
  } while ((ended.code === null || codesOf(ended).includes('OUTPUT_IN_USE')) && ++starts <= STARTS)
  const linesOf = (name: string): string[] => {
    const path = join(folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1).sort() : []
  }
  return { ended, killed: readdirSync(claims).length, lines: linesOf('lines.txt'), counts: linesOf('counts.tsv') }
}

for (let seed = SEED; seed < SEED + SERIES; seed++) {
  test.serial(
    `exactly once, seed ${seed}: after ${KILLS} kills each line is there once, and each count right`,
    async (t) => {
      const kills = killsOf(new Prng(seed), 'exactly-once')
      const outcome = await runKilled('exactly-once', kills)
      t.log(kills.map(({ victim, step, nth }) => `${victim}, ${step} (${nth})`).join('; '))
      t.is(outcome.ended.code, 0, outcome.ended.stderr)
      t.is(outcome.killed, KILLS, 'not all kills were done')
      t.deepEqual(outcome.lines, [...lines].sort())
      t.deepEqual(outcome.counts, countsOf(lines))
    },
  )

  test.serial(`at least once, seed ${seed}: after ${KILLS} kills each line is there`, async (t) => {
    const kills = killsOf(new Prng(seed), 'at-least-once')
    const outcome = await runKilled('at-least-once', kills)
    t.is(outcome.ended.code, 0, outcome.ended.stderr)
    t.is(outcome.killed, KILLS, 'not all kills were done')
    t.deepEqual([...new Set(outcome.lines)], [...lines].sort())
  })
}
