/**
 * A topology with a loop, a join, bolts that answer later and a sink is disturbed in simulated time, out of a seed:
 * what it comes to is what a fold over its input comes to.
 *
 * `npm run proof:exact` runs 2000 seeds, or `EXACT_SEEDS`; `EXACT_SEED=123` begins with another one. The title of a
 * test names the seed with which it can be had again.
 */
import test, { type ExecutionContext } from 'ava'
import { CALLS, type Moment } from '../../lib/testing/simulated/faulty-store.ts'
import { ACCOUNTS, LIMIT, payeeOf, payerOf, roundsOf } from './faults/components.ts'
import { type Outcome, type Victim, World } from './faults/world.ts'

const FIRST_SEED = Number(process.env['EXACT_SEED'] ?? 1)
const SEEDS = Number(process.env['EXACT_SEEDS'] ?? 20)

const NUMBERS = Array.from({ length: LIMIT }, (_, n) => n)
const MOMENTS = CALLS.flatMap((call): Moment[] => [`before ${call}`, `after ${call}`])
const VICTIMS: readonly Victim[] = ['worker 1', 'worker 2', 'all', 'run']
/** Of which the last one nothing happens to. */
const RUNS = 4
const FAULTS = 5

function isAsTold(t: ExecutionContext, { ends, outside, sums, status, problem }: Outcome): void {
  t.deepEqual([status, problem], ['completed', undefined])
  t.deepEqual(
    sorted(ends.of('hops')),
    NUMBERS.map((n) => [n, roundsOf(n) + 1]),
  )
  t.deepEqual(sorted(ends.of('join')), [])
  const balances = new Map<number, number>()
  const add = (account: number, amount: number): unknown => balances.set(account, (balances.get(account) ?? 0) + amount)
  for (const n of NUMBERS) {
    add(payerOf(n), -n)
    add(payeeOf(n), n)
  }
  t.is(balances.size, ACCOUNTS)
  t.deepEqual(sorted(ends.of('accounts')), sorted(balances))
  const lines = Array.from({ length: LIMIT + ends.tasksOf('hops') }, (_, n) => n)
  t.deepEqual(
    [...outside.lines].sort((a, b) => a - b),
    lines,
  )
  t.is(outside.committed, lines.length)
  t.true(sums.length > 0)
  t.deepEqual(
    sums.filter((sum) => sum !== 0),
    [],
    'a snapshot is no moment that could have been',
  )
}

function sorted<V>(entries: ReadonlyMap<number, V>): [number, V][] {
  return [...entries].sort(([a], [b]) => a - b)
}

/** Things happen one after the other; each is over before the next one. */
async function disturb(world: World): Promise<void> {
  const { random } = world
  const among = <T>(list: readonly T[]): T => list[random.below(list.length)]!
  const upTo = (ms: number): number => random.below(ms)
  const faults: readonly (() => void | Promise<void>)[] = [
    () => world.kill(among(VICTIMS)),
    () => world.arm({ moment: among(MOMENTS), nth: 1 + random.below(4), victim: among(VICTIMS) }),
    () => world.arm({ moment: among(MOMENTS), nth: 1 + random.below(4), victim: among(VICTIMS) }),
    () => world.cut(1, 2, upTo(100)),
    () => world.silence(1, among([0, 2, 3]), upTo(4000)),
    () => world.freeze(among([1, 2]), upTo(3000)),
    () => world.freeze(0, upTo(3000)),
    () => world.freeze('all', upTo(100_000)),
    () => world.slow(upTo(300), upTo(1000)),
    () => world.jump(upTo(200_000) - 100_000),
    async () => {
      world.arm({ moment: 'before complete', nth: 1 + random.below(3), victim: among(['worker 1', 'all']) })
      await world.slow(upTo(300), 500 + upTo(1000))
    },
    async () => {
      await world.untilLate('most')
      await world.pass(upTo(60))
      if (!world.isOver) await world.cut(1, 2, upTo(20))
    },
    async () => {
      await world.untilLate('finishing')
      await world.pass(upTo(60))
      if (!world.isOver) world.kill(among(VICTIMS))
    },
    () => world.refuse(among(['ENOSPC', 'EIO']), upTo(1000)),
    () => world.failOver(upTo(3000)),
    () => world.failOver(upTo(60)),
  ]
  for (let fault = 0; fault < FAULTS && !world.isOver; fault++) {
    await world.pass(upTo(150))
    if (!world.isOver) await among(faults)()
  }
}

for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
  test.serial(`whatever happens to a topology, each tuple has its effect once (seed ${seed})`, async (t) => {
    isAsTold(t, await new World(seed).run(RUNS, disturb))
  })
}

for (const moment of MOMENTS) {
  test(`each tuple has its effect once, whoever is killed ${moment} of the store`, async (t) => {
    for (const [turn, victim] of VICTIMS.entries()) {
      const seed = 1 + MOMENTS.indexOf(moment) * VICTIMS.length + turn
      const outcome = await new World(seed).run(2, async (world) => {
        // What is called on the way back is called once something was killed.
        if (/list|manifest|read/.test(moment)) {
          await world.pass(60)
          world.arm({ moment, nth: 1, victim })
          world.kill('worker 1')
        } else world.arm({ moment, nth: 2, victim })
        await world.untilStruck()
      })
      isAsTold(t, outcome)
      t.true(outcome.strikes > 0, `${victim} was not killed`)
    }
  })
}
