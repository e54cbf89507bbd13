/** What a test can do to time, and to what survives. */
import { once } from 'node:events'
import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  type KeyValueState,
  type TaskContext,
  type Timer,
  type Timers,
  TopologyBuilder,
  type Tuple,
} from '../../lib/index.ts'
import { FeederSpout, LocalCluster } from '../../lib/testing/index.ts'

interface Reading {
  key: string
  at: number
}

/** Emits how many readings of a key have come by an event time, and that nothing has come of it for five seconds. */
class Watch extends BasicBolt<Reading, { what: string }> {
  override readonly outputs = fields<{ what: string }>('what')
  #context!: TaskContext
  #timers!: Timers<string>
  #counts!: KeyValueState<string, number>
  #silentAt!: KeyValueState<string, number>

  override prepare(context: TaskContext): void {
    this.#context = context
    this.#timers = context.timers('watch')
    this.#counts = context.state('counts')
    this.#silentAt = context.state('silent')
  }

  execute(tuple: Tuple<Reading>): void {
    const { key, at } = tuple.toObject()
    this.#counts.update(key, (count = 0) => count + 1)
    this.#timers.atEventTime(key, at + 10)
    this.#timers.deleteProcessingTime(key, this.#silentAt.get(key) ?? 0)
    const silentAt = this.#context.date() + 5000
    this.#silentAt.put(key, silentAt)
    this.#timers.atProcessingTime(key, silentAt)
  }

  override onTimer({ key, time, domain }: Timer<string>, out: BasicOutputCollector<{ what: string }>): void {
    out.emit([domain === 'event' ? `${key} ${time}: ${this.#counts.get(key)}` : `${key} is silent`])
  }
}

class Keep extends BasicBolt<{ what: string }> {
  readonly #seen: string[]

  constructor(seen: string[]) {
    super()
    this.#seen = seen
  }

  execute(tuple: Tuple<{ what: string }>): void {
    this.#seen.push(tuple.get('what'))
  }
}

function watch(seen: string[], feeder: FeederSpout<Reading>) {
  const builder = new TopologyBuilder('watch', {
    'topology.guarantee': 'exactly-once',
    'topology.workers': 2,
    'topology.state.checkpoint.interval.ms': 500,
  })
  const readings = builder.setSpout('readings', () => feeder).setTimestamps({ field: 'at' })
  const watched = builder.setBolt('watch', () => new Watch(), 2).fieldsGrouping(readings, ['key'])
  builder.setBolt('keep', () => new Keep(seen)).globalGrouping(watched)
  return builder.createTopology()
}

test('a test moves event time and the clock, each by itself', async (t) => {
  const seen: string[] = []
  const feeder = new FeederSpout<Reading>('key', 'at')
  const cluster = new LocalCluster()
  const topology = await cluster.submit(watch(seen, feeder))
  feeder.feed(['a', 100])
  feeder.feed(['b', 105])
  await cluster.advanceTime(500)
  t.deepEqual(seen, [])
  topology.advanceWatermark('readings', 112)
  await cluster.advanceTime(100)
  t.deepEqual(seen, ['a 110: 1'])
  topology.advanceWatermark('readings', 90)
  topology.advanceWatermark('readings', 115)
  await cluster.advanceTime(100)
  t.deepEqual(seen, ['a 110: 1', 'b 115: 1'])
  await cluster.advanceTime(5000)
  t.deepEqual(seen.slice(2).sort(), ['a is silent', 'b is silent'])
})

test('what a snapshot holds survives the end of everything, and what came later does not', async (t) => {
  const seen: string[] = []
  const cluster = new LocalCluster({ seed: 3, minDelayMs: 1, maxDelayMs: 5 })
  const feeder = new FeederSpout<Reading>('key', 'at')
  const before = await cluster.submit(watch(seen, feeder))
  feeder.feed(['a', 100])
  feeder.feed(['b', 105])
  t.true((await before.takeSnapshot()) > 0)
  feeder.feed(['a', 101])
  await before.waitUntil(() => before.state()['watch']!.executed === 3)
  before.crash()
  seen.length = 0
  await cluster.advanceTime(10_000)
  t.deepEqual(seen, [], 'nobody lives')

  const after = await cluster.submit(watch(seen, feeder), { snapshots: before.snapshots! })
  await cluster.advanceTime(100)
  t.deepEqual([...new Set(seen)].sort(), ['a is silent', 'b is silent'], 'timers by the clock that are due by now')
  seen.length = 0
  after.advanceWatermark('readings', 1000)
  await cluster.advanceTime(100)
  t.deepEqual(seen.sort(), ['a 110: 1', 'b 115: 1'])
})

test('event time that nobody makes cannot be moved', async (t) => {
  const topology = await new LocalCluster().submit(watch([], new FeederSpout<Reading>('key', 'at')))
  t.throws(() => topology.advanceWatermark('watch', 5), { code: 'UNKNOWN_COMPONENT' })
})

test('time that nobody waits for is noticed by what is asked before it has passed, and adds up', async (t) => {
  const cluster = new LocalCluster()
  const topology = await cluster.submit(watch([], new FeederSpout<Reading>('key', 'at')))
  const early: readonly (() => unknown)[] = [
    () => topology.state(),
    () => topology.problems,
    () => topology.isDone,
    () => topology.killWorker(1),
    () => topology.drain(),
    () => topology.advanceWatermark('readings', 1),
    () => cluster.shiftDate(1),
  ]
  const began = cluster.clock.now()
  for (const ask of early) {
    const passing = cluster.advanceTime(100)
    t.throws(ask, { message: /not awaited/ })
    await passing
    t.notThrows(() => topology.state())
  }
  t.is(cluster.clock.now() - began, 700)
  const first = cluster.advanceTime(50)
  await cluster.advanceTime(50)
  t.is(cluster.clock.now() - began, 800)
  await first
})

test('time that nobody has waited for is told at its end, with the place', async (t) => {
  const warnings: (Error & { code?: string })[] = []
  const hear = (warning: Error): void => void warnings.push(warning)
  process.on('warning', hear)
  const cluster = new LocalCluster()
  await cluster.advanceTime(10)
  const later = cluster.advanceTime(10)
  await new Promise((resolve) => setImmediate(resolve))
  await later
  void cluster.advanceTime(10)
  while (warnings.length === 0) await once(process, 'warning')
  process.off('warning', hear)
  const told = warnings.filter(({ code }) => code === 'TYPHOON_NOT_AWAITED')
  t.is(told.length, 1)
  t.regex(told[0]!.message, /time\.spec/)
})

test('a topology that takes no snapshots is not waited for without end', async (t) => {
  const builder = new TopologyBuilder('none')
  builder.setSpout('readings', () => new FeederSpout<Reading>('key', 'at'))
  const topology = await new LocalCluster().submit(builder.createTopology())
  await t.throwsAsync(topology.takeSnapshot(100), { message: /a snapshot .*\b100 ms\b/ })
})
