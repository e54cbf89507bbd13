import test from 'ava'
import { RunLoop } from '../../lib/executor/run-loop.ts'
import { BUSY_MS } from '../../lib/stats/counters.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { TopologyBuilder } from '../../lib/topology/builder/topology-builder.ts'
import type { Tuple } from '../../lib/tuple/tuple.ts'
import { testTuple } from '../../lib/tuple/tuple.ts'
import type { Clock } from '../../lib/util/time/clock.ts'
import { type Harness, harness, ScriptBolt, ScriptSpout } from './harness.ts'

/** Runs what is due soon by hand, so that a test sees whether a turn is waiting. */
class HandClock implements Clock {
  ms = 0
  readonly soons: (() => void)[] = []
  readonly timers = new Set<{ at: number; callback: () => void }>()

  now(): number {
    return this.ms
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.ms + ms, callback }
    this.timers.add(timer)
    return () => this.timers.delete(timer)
  }

  soon(callback: () => void): void {
    this.soons.push(callback)
  }

  /** One round of what was due soon; how much that was. */
  round(): number {
    const soons = this.soons.splice(0)
    for (const callback of soons) callback()
    return soons.length
  }

  pass(ms: number): void {
    this.ms += ms
    for (const timer of [...this.timers]) {
      if (timer.at > this.ms) continue
      this.timers.delete(timer)
      timer.callback()
    }
  }
}

/** words → bolt, under a loop whose clock goes by hand. */
async function run(options: { flush?: (it: Harness) => void; execute?: (tuple: Tuple) => void } = {}) {
  const source = new ScriptSpout()
  const executed: unknown[] = []
  const builder = new TopologyBuilder('loop')
  builder.setSpout('words', () => source)
  builder
    .setBolt(
      'bolt',
      () =>
        new ScriptBolt((tuple) => {
          executed.push(tuple.values[0])
          options.execute?.(tuple)
        }),
    )
    .grouping('words', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  const clock = new HandClock()
  const turns: number[] = []
  let flushes = 0
  const loop = new RunLoop(
    it.spouts,
    it.bolts,
    clock,
    () => {
      flushes++
      options.flush?.(it)
    },
    (task) => turns.push(task),
  )
  /** Rounds until no turn is waiting. */
  const rest = (limit = 1_000): number => {
    let rounds = 0
    while (clock.soons.length > 0 && rounds++ < limit) clock.round()
    return rounds
  }
  const push = (value: unknown): void => {
    it.inboxes[it.bolt('bolt').task]!.push(testTuple([value]))
    loop.wake()
  }
  return Object.assign(it, { source, executed, loop, hand: clock, turns, rest, push, flushes: () => flushes })
}

test('before the start nobody is given a turn, whoever wakes the loop; at the start what waits is worked off', async (t) => {
  const it = await run()
  it.push('early')
  t.is(it.hand.soons.length, 0)
  it.loop.start()
  it.rest()
  t.deepEqual(it.executed, ['early'])
})

test('with nothing to do the loop sleeps, until it is woken', async (t) => {
  const it = await run()
  it.loop.start()
  it.rest()
  t.is(it.hand.soons.length, 0)
  t.is(it.hand.timers.size, 0)
  it.push('a')
  it.push('b')
  t.is(it.hand.soons.length, 1, 'waking twice makes one turn')
  it.rest()
  t.deepEqual(it.executed, ['a', 'b'])
})

test('work that comes while the turn is being flushed is not left lying', async (t) => {
  let late = ['c', 'b']
  const it = await run({
    flush: (harness) => {
      const value = late.pop()
      if (value === undefined) return
      harness.inboxes[harness.bolt('bolt').task]!.push(testTuple([value]))
      it.loop.wake()
    },
  })
  it.loop.start()
  it.push('a')
  it.rest()
  t.deepEqual(it.executed, ['a', 'b', 'c'])
  late = []
  t.is(it.hand.soons.length, 0)
})

test('work that one task makes for another while its own turn counts as nothing is not left lying', async (t) => {
  const it = await run()
  const inbox = it.inboxes[it.bolt('bolt').task]!
  it.loop.start()
  it.rest()
  // The spout emits nothing, and hands a bolt a tuple behind the back of the runtime, once the bolt has had its turn.
  let handed = false
  const idle = it.bolt('__acker')
  const before = idle.run.bind(idle)
  idle.run = (quota) => {
    if (!handed) {
      handed = true
      inbox.push(testTuple(['behind']))
      it.loop.wake()
    }
    return before(quota)
  }
  it.loop.wake()
  it.rest()
  t.deepEqual(it.executed, ['behind'])
})

test('a spout with nothing to emit is asked a few times, then each millisecond, then less and less often', async (t) => {
  const it = await run()
  it.loop.start()
  it.rest()
  it.spout('words').activate()
  it.loop.wake()
  const spun = it.rest()
  t.true(spun >= 2 && spun <= 10, `it span ${spun} times`)
  t.is(it.hand.timers.size, 1)
  const { calls } = it.source
  for (let i = 1; i <= 3; i++) {
    it.hand.pass(1)
    it.rest()
    t.is(it.source.calls, calls + i)
  }
  const callsIn = (ms: number): number => {
    const before = it.source.calls
    for (let i = 0; i < ms; i++) {
      it.hand.pass(1)
      it.rest()
    }
    return it.source.calls - before
  }
  callsIn(1000)
  t.is(callsIn(1000), 40, 'after a second it is asked every 25 ms')
  // One that emits again is asked again at once, then every 4 ms after a long pause, and every millisecond after a
  // short one.
  const emit = (): void => {
    it.source.script.push((out) => out.emit(['x']))
  }
  emit()
  it.hand.pass(25)
  t.true(it.rest() > 1)
  t.is(callsIn(12), 3)
  emit()
  it.hand.pass(4)
  t.true(it.rest() > 1)
  emit()
  it.hand.pass(4)
  t.true(it.rest() > 1)
  t.is(callsIn(3), 3)
})

test('waking a loop that sleeps for a spout makes one turn now, and cancels the sleep', async (t) => {
  const it = await run()
  it.loop.start()
  it.spout('words').activate()
  it.rest()
  t.is(it.hand.timers.size, 1)
  it.push('a')
  t.is(it.hand.timers.size, 0)
  it.rest()
  t.deepEqual(it.executed, ['a'])
  t.is(it.hand.timers.size, 1)
})

test('after the stop nobody is given a turn, not even one that was waiting', async (t) => {
  const it = await run()
  it.loop.start()
  it.spout('words').activate()
  it.rest()
  it.push('a')
  it.loop.stop()
  it.rest()
  it.push('b')
  it.hand.pass(10)
  it.rest()
  t.deepEqual(it.executed, [])
  t.is(it.hand.timers.size, 0)
})

test('a turn ends after about a millisecond, however much there is to do; then what was gathered leaves', async (t) => {
  const it = await run({ execute: () => it.hand.pass(0.3) })
  it.loop.start()
  it.rest()
  const before = it.flushes()
  for (let i = 0; i < 20; i++) it.push(i)
  it.hand.round()
  t.true(it.executed.length >= 2 && it.executed.length < 10, `${it.executed.length} tuples in the first turn`)
  t.is(it.flushes(), before + 1)
  it.rest()
  t.is(it.executed.length, 20)
})

test('a spout that never stops emitting lets input and output have their turn, even where the clock stands still', async (t) => {
  const it = await run()
  const words = it.spout('words')
  it.source.nextTuple = () => void it.source.out.emit(['x'])
  words.activate()
  it.loop.start()
  t.is(it.hand.round(), 1)
  t.is(it.hand.soons.length, 1)
  t.true(it.executed.length > 0)
})

test('the time of a turn is counted for the task that used it, and who has the turn is told', async (t) => {
  const it = await run({ execute: () => it.hand.pass(3) })
  it.loop.start()
  it.push('a')
  it.push('b')
  it.rest()
  t.is(it.bolt('bolt').counters[BUSY_MS], 6)
  t.is(it.spout('words').counters[BUSY_MS], 0)
  t.deepEqual([...new Set(it.turns)].sort(), [0, ...it.all.map(({ task }) => task)].sort())
  t.is(it.turns.at(-1), 0)
})

test('the time in which a spout finds nothing is its own', async (t) => {
  const it = await run({ execute: () => it.hand.pass(1) })
  it.loop.start()
  it.rest()
  it.source.script.push(() => it.hand.pass(5))
  it.spout('words').activate()
  it.push('a')
  it.hand.round()
  t.deepEqual(it.executed, ['a'])
  t.is(it.bolt('bolt').counters[BUSY_MS], 1)
  t.is(it.spout('words').counters[BUSY_MS], 5)
})

test('under the simulated clock a loop goes on by itself', async (t) => {
  const source = new ScriptSpout()
  const builder = new TopologyBuilder('simulated')
  builder.setSpout('words', () => source)
  builder
    .setBolt('bolt', () => new ScriptBolt((tuple, out) => out.ack(tuple)))
    .grouping('words', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  const clock = new SimulatedClock()
  const loop = new RunLoop(it.spouts, it.bolts, clock, () => it.acks.flush())
  it.activate()
  for (let i = 0; i < 1_000; i++) source.script.push((out) => out.emit([i], i))
  loop.start()
  await clock.until(() => source.acked.length === 1_000, 1_000)
  t.is(source.acked.length, 1_000)
  loop.stop()
})
