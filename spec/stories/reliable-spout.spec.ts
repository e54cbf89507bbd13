import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { ReliableSpout } from '../../lib/components/index.ts'
import { fields, PermanentError, TopologyBuilder } from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { folderOf } from '../folder.ts'
import { jsonLinesIn } from '../json-lines.ts'
import { FunctionBolt } from './components.ts'
import { type Setup, story } from './setups.ts'

class NumberSpout extends ReliableSpout<{ n: number }, number> {
  override readonly outputs = fields<{ n: number }>('n')
  #n = 0

  protected produce(): void {
    if (this.#n < 10) this.emit([this.#n], this.#n++)
  }

  protected isInputExhausted(): boolean {
    return this.#n === 10
  }
}

/**
 * Ten numbers through a bolt that fails some of them; the times at which it got each, and where the dead letters are.
 */
async function tenNumbers(
  t: ExecutionContext,
  { config, cluster }: Setup,
  fails: (n: number, time: number) => boolean | Error,
) {
  const letters = join(folderOf(t), 'dead.jsonl')
  const times = new Map<number, number[]>()
  const builder = new TopologyBuilder('reliable', { ...config, 'topology.dead.letters.file': letters })
  const picky = () =>
    new FunctionBolt([], (tuple, collector, context) => {
      const n = tuple.get('n') as number
      times.set(n, [...(times.get(n) ?? []), context.now()])
      const failed = fails(n, times.get(n)!.length)
      if (failed instanceof Error && n % 2 === 0) return collector.fail(tuple, failed)
      if (failed instanceof Error) throw failed
      if (failed) throw new Error(`no ${n}`)
      collector.ack(tuple)
    })
  builder.setBolt('picky', picky, 2).shuffleGrouping(builder.setSpout('numbers', () => new NumberSpout()))
  const topology = await new LocalCluster(cluster).submit(builder.createTopology())
  return { topology, times, letters }
}

story('a ReliableSpout replays what fails, later and later, until it is acked', async (t, setup) => {
  const { topology, times } = await tenNumbers(t, setup, (n, time) => n === 3 && time < 4)

  const { status, roots } = await topology.complete()

  t.is(status, 'completed')
  t.like(roots, { emitted: 13, acked: 10, replayed: 3, deadLettered: 0 })
  t.is(roots.failed.explicit, 3)
  const gaps = times
    .get(3)!
    .slice(1)
    .map((time, index) => time - times.get(3)![index]!)
  t.is(gaps.length, 3)
  // Half of the delay is jitter: 50 to 100 ms, then 100 to 200, then 200 to 400, and the way there.
  for (const [index, least] of [50, 100, 200].entries()) t.true(gaps[index]! >= least && gaps[index]! < least * 2 + 200)
})

story('what fails five times becomes a dead letter, and the topology completes', async (t, setup) => {
  const { topology, letters } = await tenNumbers(t, setup, (n) => n === 7)

  const { status, roots } = await topology.complete()

  t.is(status, 'completed')
  t.like(roots, { emitted: 14, acked: 9, replayed: 4, deadLettered: 1 })
  const [letter, ...others] = jsonLinesIn(letters)
  t.is(others.length, 0)
  t.like(letter, {
    topology: 'reliable',
    component: 'numbers',
    values: { n: 7 },
    messageId: 7,
    lastError: 'no 7',
    attempts: 5,
  })
  t.like(letter.reason, { kind: 'explicit', component: 'picky', error: 'no 7' })
})

story(
  'a run that is drained replays what has failed, or makes a dead letter of it, before it ends; nothing new is emitted',
  async (t, setup) => {
    const config = { ...setup.config, 'topology.replay.delay.ms': 5000, 'topology.replay.max.attempts': 3 }
    const { topology, times, letters } = await tenNumbers(
      t,
      { ...setup, config },
      (n, time) => n === 3 || (n === 5 && time < 2),
    )
    await topology.waitUntil(() => times.size === 10)
    topology.drain()
    const report = await topology.complete()

    t.is(report.problem, undefined)
    t.is(times.get(5)!.length, 2)
    t.is(times.get(3)!.length, 3)
    t.deepEqual(
      jsonLinesIn(letters).map(({ values }) => values),
      [{ n: 3 }],
    )
    t.like(report.roots, { emitted: 13, acked: 9, replayed: 3, deadLettered: 1 })
  },
)

story('what waits for minutes for its replay is replayed at once when the run is to end', async (t, setup) => {
  const config = { ...setup.config, 'topology.replay.delay.ms': 300_000, 'topology.replay.max.delay.ms': 300_000 }
  const { topology, times } = await tenNumbers(t, { ...setup, config }, (n, time) => n < 5 && time < 3)
  await topology.waitUntil(() => times.size === 10)
  topology.drain()
  const report = await topology.complete(20_000)

  t.is(report.problem, undefined)
  t.like(report.roots, { acked: 10, replayed: 10, deadLettered: 0 })
})

story('a tuple that fails with a PermanentError is a dead letter at once', async (t, setup) => {
  const hopeless = (n: number): boolean | Error => (n === 3 || n === 4) && new PermanentError(`nobody knows ${n}`)
  const { topology, times, letters } = await tenNumbers(t, setup, hopeless)

  const { status, roots } = await topology.complete()

  t.is(status, 'completed')
  t.like(roots, { emitted: 10, acked: 8, replayed: 0, deadLettered: 2 })
  t.deepEqual([times.get(3)!.length, times.get(4)!.length], [1, 1])
  for (const letter of jsonLinesIn(letters)) {
    t.like(letter, { attempts: 1, run: 'local-1', lastError: `nobody knows ${letter.values.n}` })
    t.like(letter.reason, { kind: 'explicit', component: 'picky', permanent: true })
  }
})
