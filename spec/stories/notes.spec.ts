/** A note that is lost on its way fails its tree, so that no ack comes before everything was heard. */
import test from 'ava'
import { type ConfigMap, fields, Spout, type SpoutOutputCollector, TopologyBuilder } from '../../lib/index.ts'
import { LocalCluster, type LocalClusterOptions } from '../../lib/testing/index.ts'
import { FunctionBolt } from './components.ts'
import { story } from './setups.ts'

const TOTAL = 20

/** Emits numbers, those that fail again; of each it wants a note before its ack. */
class Noting extends Spout<any, number> {
  override readonly outputs = fields('n')
  /** Those that were acked before they were heard. */
  readonly unheard: number[] = []
  readonly done = new Set<number>()
  failures = 0
  readonly #heard = new Set<number>()
  readonly #todo = Array.from({ length: TOTAL }, (_, n) => n)
  #out!: SpoutOutputCollector

  override open(_: unknown, out: SpoutOutputCollector): void {
    this.#out = out
  }

  nextTuple(): void {
    const n = this.#todo.shift()
    if (n === undefined) return
    this.#heard.delete(n)
    this.#out.emit([n], n)
  }

  override noted(n: number, messageId: number | undefined): void {
    if (n === messageId) this.#heard.add(n)
  }

  override ack(n: number): void {
    if (!this.#heard.has(n)) this.unheard.push(n)
    this.done.add(n)
  }

  override fail(n: number): void {
    this.failures++
    this.#todo.push(n)
  }

  override isExhausted(): boolean {
    return this.#todo.length === 0
  }
}

/** Numbers through two bolts, of which the second one notes what has come. */
async function submit(config: ConfigMap, options: LocalClusterOptions) {
  const spout = new Noting()
  const builder = new TopologyBuilder('notes', config)
  const numbers = builder.setSpout('numbers', () => spout)
  const middle = () =>
    new FunctionBolt(['n'], (tuple, out) => {
      out.emit(tuple, tuple.values)
      out.ack(tuple)
    })
  const last = () =>
    new FunctionBolt([], (tuple, out) => {
      out.note(tuple, tuple.values[0])
      out.ack(tuple)
    })
  const numbersOn = builder.setBolt('middle', middle, 2).shuffleGrouping(numbers)
  builder.setBolt('last', last, 2).shuffleGrouping(numbersOn)
  const topology = await new LocalCluster(options).submit(builder.createTopology())
  return { spout, topology }
}

story('what a bolt two steps behind the spout notes is heard before the ack', async (t, { config, cluster }) => {
  const { spout, topology } = await submit(config, cluster)
  t.is((await topology.complete()).status, 'completed')
  t.is(spout.done.size, TOTAL)
  t.deepEqual(spout.unheard, [])
  t.is(spout.failures, 0)
})

test('a note that is lost fails its tree, with an acker in a worker of its own: seeds 1 to 3', async (t) => {
  const config = { 'topology.workers': 4, 'topology.acker.executors': 1, 'topology.message.timeout.secs': 5 }
  let failures = 0
  for (const seed of [1, 2, 3]) {
    const { spout, topology } = await submit(config, { seed, minDelayMs: 1, maxDelayMs: 30, loss: 0.1 })
    t.is((await topology.complete(600_000)).status, 'completed', `seed ${seed}`)
    t.is(spout.done.size, TOTAL, `seed ${seed}`)
    t.deepEqual(spout.unheard, [], `seed ${seed}`)
    failures += spout.failures
  }
  // Not every seed loses a frame that matters.
  t.true(failures > 0)
})
