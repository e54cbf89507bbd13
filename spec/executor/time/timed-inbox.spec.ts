/**
 * One task under any interleaving of what comes to it. Each channel is a list of tuples and watermarks in their order;
 * how they mix, how long executions take and when the task gets a turn is drawn.
 */
import test from 'ava'
import fc from 'fast-check'
import { Inbox } from '../../../lib/executor/task/inbox.ts'
import { TimedInbox } from '../../../lib/executor/time/timed-inbox.ts'
import { ChannelWatermarks, type Watermark } from '../../../lib/marks/channel-watermarks.ts'
import { TaskStates } from '../../../lib/state/task-states.ts'
import { TaskTimers } from '../../../lib/state/timers/task-timers.ts'
import type { Timer } from '../../../lib/topology/component/timers.ts'
import { fields } from '../../../lib/tuple/fields.ts'
import { WATERMARK_STREAM } from '../../../lib/tuple/system-ids.ts'
import { type Tuple, type TupleSource, untrackedTuple } from '../../../lib/tuple/tuple.ts'
import { Prng } from '../../../lib/util/prng.ts'

const CHANNELS = [1, 2, 3]

const source = (task: number, stream: string): TupleSource => ({
  component: 'ahead',
  task,
  stream,
  fields: fields('a', 'b'),
  streamIndex: 0,
})
const DATA = CHANNELS.map((task) => source(task, 'default'))
const MARKS = CHANNELS.map((task) => source(task, WATERMARK_STREAM))

/** A tuple at some time later than the channel's watermark, or how far that moves on. */
type Step = { readonly what: 'tuple' | 'watermark' | 'idle'; readonly by: number }

const channel: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ what: fc.constantFrom('tuple', 'tuple', 'watermark', 'idle'), by: fc.nat(10) }),
  { maxLength: 15 },
)

/** A task and what happens to it. */
function makeTask(random: Prng) {
  const states = new TaskStates(true)
  const timers = new TaskTimers(states)
  const named = timers.named('x')
  const inbox = new Inbox(
    1000,
    () => {},
    () => {},
  )
  const seen = { executed: [] as string[], fired: [] as Timer[], announced: [] as number[], sent: [] as Watermark[] }
  const wrong: string[] = []
  const executor = { unsettled: 0 }
  const sender = {
    send: (watermark: Watermark) => {
      if (executor.unsettled > 0) wrong.push('sent ahead of what was begun')
      seen.sent.push(watermark)
    },
  }
  const input = new TimedInbox(inbox, timers, new ChannelWatermarks(CHANNELS), undefined, sender as never, true, {
    date: () => 0,
    now: () => 0,
    after: () => () => {},
    wake: () => {},
  })
  input.executor = executor
  /** An execution takes effect. */
  const finish = ({ source: { calls }, values: [value, key] }: Tuple, before: number): void => {
    if (timers.watermark !== before) wrong.push('the watermark moved within an execution')
    if (calls === 'onWatermark') seen.announced.push(value)
    if (calls === 'onTimer') seen.fired.push(value)
    if (calls === 'onTimer' && value.time > timers.watermark) wrong.push(`${value.time} ahead of ${timers.watermark}`)
    if (calls === undefined) {
      seen.executed.push(`${key} ${value}`)
      if (value < timers.watermark) wrong.push(`${value} behind ${timers.watermark}`)
      named.atEventTime(key, value + 5)
    }
    states.keep()
  }
  const open: (() => void)[] = []
  /** A turn of the task: each execution takes effect at once, or later. */
  const turn = (): void => {
    for (let tuple = input.shift(); tuple !== undefined; tuple = input.shift()) {
      const before = timers.watermark
      if (tuple.source.calls === 'onTimer') timers.fire(tuple.values[0])
      if (random.next() < 0.6) {
        finish(tuple, before)
        continue
      }
      const late = tuple
      executor.unsettled++
      open.push(() => {
        executor.unsettled--
        finish(late, before)
      })
      return
    }
  }
  return { ...seen, wrong, timers, inbox, input, turn, open }
}

function run(channels: readonly Step[][], seed: number) {
  const random = new Prng(seed)
  const task = makeTask(random)
  const { inbox, input, turn, open } = task
  const queues = channels.map((steps) => [...steps])
  const times = channels.map(() => Number.NEGATIVE_INFINITY)
  const last = channels.map(() => 0)
  while (queues.some((steps) => steps.length > 0)) {
    const index = random.below(queues.length)
    const next = queues[index]!.shift()
    if (next === undefined) continue
    if (next.what === 'tuple') inbox.push(untrackedTuple([last[index]! + next.by, `k${index}`], DATA[index]!))
    else {
      last[index]! += next.what === 'idle' ? 0 : next.by
      times[index] = last[index]!
      inbox.push(untrackedTuple([last[index]!, next.what === 'idle'], MARKS[index]!))
    }
    if (random.next() < 0.4) turn()
    if (random.next() < 0.4) open.shift()?.()
  }
  for (let rounds = 0; rounds < 1000 && (input.size > 0 || open.length > 0); rounds++) {
    open.shift()?.()
    turn()
  }
  return { ...task, times }
}

const noIdle = (channels: readonly Step[][]): Step[][] =>
  channels.map((steps) => steps.map((step) => (step.what === 'idle' ? { ...step, what: 'watermark' } : step)))

test('a watermark is the least of its channels, and goes on behind what came before it and ahead of what came after', (t) => {
  fc.assert(
    fc.property(fc.tuple(channel, channel, channel), fc.nat(), (channels, seed) => {
      const { sent, announced, wrong, times, timers, input } = run(noIdle(channels), seed)
      t.deepEqual(wrong, [])
      t.is(timers.watermark, Math.min(...times))
      t.is(input.watermark, timers.watermark)
      t.is(sent.at(-1)?.time ?? Number.NEGATIVE_INFINITY, timers.watermark)
      for (const list of [announced, sent.map(({ time }) => time)])
        t.deepEqual(
          list,
          [...list].sort((a, b) => a - b),
        )
      t.is(new Set(announced).size, announced.length)
    }),
  )
})

test('under any interleaving a timer fires once, in order of time, when the watermark has reached it', (t) => {
  fc.assert(
    fc.property(fc.tuple(channel, channel, channel), fc.nat(), (channels, seed) => {
      const { fired, executed, timers } = run(noIdle(channels), seed)
      const expected = new Set<string>()
      for (const one of executed) {
        const [key, at] = one.split(' ')
        if (Number(at) + 5 <= timers.watermark) expected.add(`${key} ${Number(at) + 5}`)
      }
      t.deepEqual(fired.map(({ key, time }) => `${key} ${time}`).sort(), [...expected].sort())
      t.deepEqual(
        fired.map(({ time }) => time),
        fired.map(({ time }) => time).sort((a, b) => a - b),
      )
    }),
  )
})

test('with idle channels it still moves forward only, and all that has come is executed', (t) => {
  fc.assert(
    fc.property(fc.tuple(channel, channel, channel), fc.nat(), (channels, seed) => {
      const { executed, announced, sent } = run(channels, seed)
      t.is(executed.length, channels.flat().filter(({ what }) => what === 'tuple').length)
      for (const list of [announced, sent.map(({ time }) => time)])
        t.deepEqual(
          list,
          [...list].sort((a, b) => a - b),
        )
    }),
  )
})

test('at the end of the input all timers fire, and what a snapshot holds is where time had come before', async (t) => {
  const it = run(
    [
      [
        { what: 'tuple', by: 7 },
        { what: 'watermark', by: 3 },
      ],
      [],
      [],
    ],
    1,
  )
  t.deepEqual(it.fired, [])
  const ended = it.input.end()
  while (it.input.size > 0) {
    it.turn()
    it.open.shift()?.()
  }
  await ended
  t.deepEqual(
    it.fired.map(({ key, time }) => [key, time]),
    [['k0', 12]],
  )
  t.deepEqual(it.announced, [Number.POSITIVE_INFINITY])
  t.is(it.timers.watermark, Number.POSITIVE_INFINITY)
  t.is(it.input.watermark, Number.NEGATIVE_INFINITY)
})

test('to a snapshot a watermark is not reached while timers are due that were set when the bolt heard of it', (t) => {
  const { input, timers } = makeTask(new Prng(1))
  input.advance({ time: 10, isIdle: false })
  t.is(input.shift()?.source.calls, 'onWatermark')
  timers.named('x').atEventTime('late', 10)
  t.is(input.watermark, Number.NEGATIVE_INFINITY)
  const due = input.shift()
  t.is(due?.source.calls, 'onTimer')
  timers.fire(due?.values[0])
  t.is(input.watermark, 10)
})
