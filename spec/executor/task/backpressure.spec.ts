import test from 'ava'
import fc from 'fast-check'
import { Backpressure, type Holdable } from '../../../lib/executor/task/backpressure.ts'
import { Inbox } from '../../../lib/executor/task/inbox.ts'
import { TopologyBuilder } from '../../../lib/topology/builder/topology-builder.ts'
import { testTuple } from '../../../lib/tuple/tuple.ts'
import { harness, ScriptBolt, ScriptSpout } from '../harness.ts'

function inboxOf(high: number) {
  const told: boolean[] = []
  let wakes = 0
  const inbox = new Inbox(
    high,
    (congested) => told.push(congested),
    () => wakes++,
  )
  return { inbox, told, wakes: () => wakes }
}

test('an inbox is congested from its mark on, until a half of it has gone, and tells each change once', (t) => {
  const { inbox, told } = inboxOf(8)
  for (let i = 0; i < 7; i++) inbox.push(testTuple([i]))
  t.deepEqual(told, [])
  inbox.push(testTuple([7]))
  inbox.push(testTuple([8]))
  t.deepEqual(told, [true])
  t.is(inbox.load, 9 / 8)
  for (let i = 0; i < 4; i++) inbox.shift()
  t.deepEqual(told, [true])
  inbox.shift()
  t.deepEqual(told, [true, false])
  for (let i = 0; i < 3; i++) inbox.push(testTuple([i]))
  t.deepEqual(told, [true, false])
  inbox.push(testTuple([3]))
  t.deepEqual(told, [true, false, true])
})

test('whatever comes and goes, changes alternate, an empty inbox is not congested, and order is kept', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 9 }), fc.array(fc.integer({ min: -12, max: 12 })), (high, moves) => {
      const { inbox, told } = inboxOf(high)
      let pushed = 0
      let shifted = 0
      for (const move of moves) {
        for (let i = 0; i < move; i++) inbox.push(testTuple([pushed++]))
        for (let i = 0; i > move; i--) {
          const tuple = inbox.shift()
          if (tuple !== undefined && tuple.values[0] !== shifted++) return false
        }
      }
      const alternate = told.every((congested, index) => congested === (index % 2 === 0))
      const congested = told.at(-1) ?? false
      const size = inbox.size
      while (inbox.shift() !== undefined);
      return (
        alternate && (size < high || congested) && (size > high / 2 || !congested) && (told.at(-1) ?? false) === false
      )
    }),
  )
  t.pass()
})

test('the first tuple in an empty inbox wakes, further ones do not', (t) => {
  const { inbox, wakes } = inboxOf(8)
  inbox.push(testTuple([1]))
  inbox.push(testTuple([2]))
  t.is(wakes(), 1)
  inbox.shift()
  inbox.shift()
  t.is(inbox.shift(), undefined)
  inbox.push(testTuple([3]))
  t.is(wakes(), 2)
})

test('recording a task as congested twice is a change the first time alone; so is recording that it is free', (t) => {
  const backpressure = new Backpressure()
  t.true(backpressure.setTask(5, true))
  t.false(backpressure.setTask(5, true))
  t.true(backpressure.isCongested(5))
  t.true(backpressure.setTask(5, false))
  t.false(backpressure.setTask(5, false))
  t.false(backpressure.isCongested(5))
  t.false(backpressure.setLink(2, false))
  t.true(backpressure.setLink(2, true))
  t.false(backpressure.setLink(2, true))
})

test('a sender that two keys hold is free only when both are released', (t) => {
  const backpressure = new Backpressure()
  const [sender, other]: Holdable[] = [{ heldBy: 0 }, { heldBy: 0 }]
  backpressure.addEdge(sender!, 5, undefined)
  backpressure.addEdge(sender!, 6, 2)
  backpressure.addEdge(other!, 6, 2)
  backpressure.setTask(5, true)
  t.deepEqual([sender!.heldBy > 0, other!.heldBy > 0], [true, false])
  backpressure.setTask(6, true)
  backpressure.setLink(2, true)
  backpressure.setTask(5, false)
  backpressure.setTask(6, false)
  t.deepEqual([sender!.heldBy > 0, other!.heldBy > 0], [true, true])
  backpressure.setLink(2, false)
  t.deepEqual([sender!.heldBy, other!.heldBy], [0, 0])
})

test('after any changes a sender is held exactly as long as one of its keys is', (t) => {
  const keys = fc.record({ link: fc.boolean(), key: fc.integer({ min: 1, max: 4 }), on: fc.boolean() })
  fc.assert(
    fc.property(fc.array(keys), (changes) => {
      const backpressure = new Backpressure()
      const sender: Holdable = { heldBy: 0 }
      // The task 4 lives here; the same edge twice, as where there are two streams between two components, counts once.
      for (const task of [1, 2, 3, 4, 1]) backpressure.addEdge(sender, task, task === 4 ? undefined : task)
      const held = new Set<string>()
      for (const { link, key, on } of changes) {
        if (link) backpressure.setLink(key, on)
        else backpressure.setTask(key, on)
        if (link && key === 4) continue
        if (on) held.add(`${link} ${key}`)
        else held.delete(`${link} ${key}`)
        if (sender.heldBy > 0 !== held.size > 0) return false
      }
      return true
    }),
  )
  t.pass()
})

test('a congested task holds back those who send to it, and they those who send to them, until the spout is not asked', async (t) => {
  const source = new ScriptSpout()
  const builder = new TopologyBuilder('chain', { 'topology.executor.receive.buffer.size': 4 })
  const pass = () =>
    new ScriptBolt((tuple, out) => {
      out.emit(tuple, tuple.values)
      out.ack(tuple)
    })
  builder.setSpout('words', () => source)
  builder.setBolt('first', pass).grouping('words', 'default', { type: 'shuffle' })
  builder.setBolt('second', pass).grouping('first', 'default', { type: 'shuffle' })
  builder.setBolt('third', pass).grouping('second', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  it.activate()
  for (let i = 0; i < 100; i++) source.script.push((out) => out.emit([i], i))
  const third = it.bolt('third')
  third.heldBy++
  it.settle()
  for (const id of ['first', 'second', 'third']) t.is(it.bolt(id).inbox.size, 4, id)
  t.is(source.calls, 12)
  third.heldBy--
  it.settle()
  t.is(source.acked.length, 100)
})

test('a cycle holds nobody on it back, and all of it holds back those who send into it: memory stays bounded, nothing waits for itself', async (t) => {
  const source = new ScriptSpout()
  const builder = new TopologyBuilder('cycle', { 'topology.executor.receive.buffer.size': 4 })
  builder.setSpout('words', () => source)
  // Each tuple goes around three times.
  builder
    .setBolt(
      'first',
      () =>
        new ScriptBolt((tuple, out) => {
          if ((tuple.values[0] as number) < 3) out.emit(tuple, [(tuple.values[0] as number) + 1])
          out.ack(tuple)
        }),
    )
    .grouping('words', 'default', { type: 'shuffle' })
    .grouping('second', 'default', { type: 'shuffle' })
  builder
    .setBolt(
      'second',
      () =>
        new ScriptBolt((tuple, out) => {
          out.emit(tuple, tuple.values)
          out.ack(tuple)
        }),
    )
    .grouping('first', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  it.activate()
  for (let i = 0; i < 500; i++) source.script.push((out) => out.emit([0], i))
  // The second bolt of the cycle is slow: one tuple for each pass of the others.
  let most = 0
  for (let pass = 0; pass < 5_000 && source.acked.length < 500; pass++) {
    for (const executor of it.all) {
      if (executor.run(executor.component === 'second' ? 1 : 256) > 0)
        most = Math.max(most, it.bolt('second').inbox.size)
    }
    it.acks.flush()
  }
  t.is(source.acked.length, 500)
  t.true(most <= 8, `${most} tuples waited for the slow bolt`)
})
