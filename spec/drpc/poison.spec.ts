/**
 * A request that ends the worker that executes it, each time: it fails, by name, and no other does. Those that were in
 * flight with it are answered within their time-outs.
 */
import test from 'ava'
import { DRPCSpout, LinearDRPCTopologyBuilder, LocalDRPC, ReturnResults } from '../../lib/drpc/index.ts'
import {
  BasicBolt,
  type BasicOutputCollector,
  type ConfigMap,
  fields,
  type TaskContext,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from '../../lib/index.ts'
import { LocalCluster, type LocalTopology } from '../../lib/testing/index.ts'
import { TridentTopology } from '../../lib/trident/index.ts'

const POISON = 'poison'

/** What ends a worker; set when the topology runs. */
interface Killer {
  kill?: (worker: number) => void
}

/** [args or request, returnInfo or args] → the answer beside what it belongs to. */
class Answer extends BasicBolt<any, any> {
  override readonly outputs
  readonly #killer: Killer
  readonly #answer: (tuple: Tuple, answer: string) => readonly unknown[]
  #worker = 0

  constructor(killer: Killer, names: readonly string[], answer: (tuple: Tuple, answer: string) => readonly unknown[]) {
    super()
    this.outputs = fields<any>(...names)
    this.#killer = killer
    this.#answer = answer
  }

  override prepare(context: TaskContext): void {
    this.#worker = context.worker
  }

  execute(tuple: Tuple, collector: BasicOutputCollector): void {
    const args: string = tuple.get('args')
    if (args === POISON) this.#killer.kill!(this.#worker)
    else collector.emit(this.#answer(tuple, `${args}!`))
  }
}

type Define = (drpc: LocalDRPC, killer: Killer, config: ConfigMap) => TopologyDefinition

const linear: Define = (drpc, killer, config) => {
  const builder = new LinearDRPCTopologyBuilder('f', config)
  builder.addBolt(() => new Answer(killer, ['request', 'answer'], (tuple, answer) => [tuple.get('request'), answer]), 2)
  return builder.createLocalTopology(drpc)
}

/** With many spouts, some of which end with the worker. */
const spouts: Define = (drpc, killer, config) => {
  const builder = new TopologyBuilder('f', config)
  const requests = builder.setSpout('requests', () => new DRPCSpout('f', drpc), 6)
  const answers = builder
    .setBolt(
      'answer',
      () => new Answer(killer, ['answer', 'returnInfo'], (tuple, answer) => [answer, tuple.get('returnInfo')]),
      3,
    )
    .shuffleGrouping(requests)
  builder.setBolt('return', () => new ReturnResults(drpc)).shuffleGrouping(answers)
  return builder.createTopology()
}

const trident: Define = (drpc, killer, config) => {
  const topology = new TridentTopology('f', config)
  topology
    .newDRPCStream('f', drpc)
    .map((tuple) => {
      if (tuple.get('args') === POISON) {
        killer.kill!(1)
        throw new Error('dead')
      }
      return [`${tuple.get('args')}!`]
    }, fields<{ answer: string }>('answer'))
    .project(['answer'])
  return topology.build()
}

/** One of Trident is answered within the turn, so that its spout must not live in the worker that is ended. */
const SHAPES: readonly (readonly [string, readonly number[], Define, (answer: string) => string])[] = [
  ['of a linear topology', [1, 3], linear, (answer) => answer],
  ['of a topology with six spouts', [1, 3], spouts, (answer) => answer],
  ['of Trident', [3], trident, (answer) => JSON.stringify([[answer]])],
]

for (const [of, numbers, define, asAnswered] of SHAPES) {
  for (const workers of numbers) {
    test(`a request ${of} that ends its worker fails, and all others are answered, over ${workers} workers`, async (t) => {
      const cluster = new LocalCluster({ seed: 21, minDelayMs: 1, maxDelayMs: 5 })
      const drpc = new LocalDRPC({ clock: cluster.clock, timeoutSecs: 120 })
      const killer: Killer = {}
      let deaths = 0
      const topology: LocalTopology = await cluster.submit(define(drpc, killer, { 'topology.workers': workers }))
      killer.kill = (worker) => {
        deaths++
        topology.killWorker(worker)
      }
      const words = Array.from({ length: 40 }, (_, n) => (n === 17 ? POISON : `word ${n}`))
      const answers = Promise.all(
        words.map((word) =>
          drpc.execute('f', word).catch(({ code, message }: { code: string; message: string }) => `${code} ${message}`),
        ),
      )
      await topology.waitUntil(() => drpc.pending === 0)
      const failed = (await answers).filter((answer, n) => answer !== asAnswered(`${words[n]}!`))
      t.is(failed.length, 1, failed.join('\n'))
      t.true(failed[0]!.startsWith('DRPC_FAILED '))
      t.deepEqual(topology.problems.filter(({ code }) => code === 'POISON_TUPLE').length, 1)
      t.true(deaths <= 8, `${deaths} deaths`)
      t.is(await ask(topology, drpc, 'later'), asAnswered('later!'))
    })
  }
}

async function ask(topology: LocalTopology, drpc: LocalDRPC, args: string): Promise<string> {
  const answer = drpc.execute('f', args)
  await topology.waitUntil(() => drpc.pending === 0)
  return answer
}

test('a request whose time is up while its worker is lost again and again says so', async (t) => {
  const cluster = new LocalCluster({ seed: 22, minDelayMs: 1, maxDelayMs: 5 })
  const drpc = new LocalDRPC({ clock: cluster.clock, timeoutSecs: 1 })
  const killer: Killer = {}
  const topology = await cluster.submit(linear(drpc, killer, { 'topology.workers': 1 }))
  killer.kill = (worker) => topology.killWorker(worker)
  const answer = drpc.execute('f', POISON).catch((error: unknown) => error)
  await topology.waitUntil(() => drpc.pending === 0)
  t.like(await answer, { code: 'DRPC_TIMEOUT' })
  t.regex(((await answer) as Error).message, /: \d attempts /)
})
