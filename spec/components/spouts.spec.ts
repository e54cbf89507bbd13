import test from 'ava'
import { ConstantSpout, FileSpout, RandomSentenceSpout, SequenceSpout } from '../../lib/components/index.ts'
import { SENTENCES } from '../../lib/components/spouts/random-sentence-spout.ts'
import type { Spout } from '../../lib/index.ts'
import { SpoutRun } from './fakes.ts'

const emittedByTasks = (make: () => Spout, tasks: number) =>
  Array.from({ length: tasks }, (_, taskIndex) => new SpoutRun(make(), { tasks, taskIndex }).drain().flat())

test('a sequence counts up from its start, and several tasks share it', (t) => {
  t.deepEqual(
    emittedByTasks(() => new SequenceSpout(5), 1),
    [[0, 1, 2, 3, 4]],
  )
  t.deepEqual(
    emittedByTasks(() => new SequenceSpout(5, 10), 2),
    [
      [10, 12, 14],
      [11, 13],
    ],
  )
  t.deepEqual(
    emittedByTasks(() => new SequenceSpout(1), 3),
    [[0], [], []],
  )
})

test('a constant is the same value so many times', (t) => {
  t.deepEqual(
    emittedByTasks(() => new ConstantSpout('x', 3), 2),
    [['x', 'x'], ['x']],
  )
})

test('a constant has positions: what is left is dealt out anew to however many tasks', (t) => {
  const runs = [0, 1, 2].map((taskIndex) => new SpoutRun(new ConstantSpout('x', 10), { tasks: 3, taskIndex }))
  for (const run of runs) run.next()
  const positions = Object.assign({}, ...runs.map(({ spout }) => spout.position?.()))
  const left = [0, 1].map((taskIndex) => {
    const run = new SpoutRun(new ConstantSpout('x', 10), { tasks: 2, taskIndex })
    void run.spout.seek?.(positions)
    return run.drain().length
  })
  t.is(left[0]! + left[1]!, 7)
})

test('random sentences are Storm’s five, each about as often, the same for the same seed', (t) => {
  const [sentences] = emittedByTasks(() => new RandomSentenceSpout(5000), 1)
  const counts = SENTENCES.map((sentence) => sentences!.filter((other) => other === sentence).length)
  t.is(
    counts.reduce((sum, count) => sum + count),
    5000,
  )
  t.true(
    counts.every((count) => count > 850 && count < 1150),
    String(counts),
  )
  t.deepEqual(
    emittedByTasks(() => new RandomSentenceSpout(5000), 1),
    [sentences],
  )
})

test('without a count they have no end', (t) => {
  for (const spout of [new SequenceSpout(), new ConstantSpout(1), new RandomSentenceSpout()]) {
    const run = new SpoutRun(spout)
    for (let i = 0; i < 1000; i++) t.is(run.next().length, 1)
    t.false(spout.isExhausted())
  }
})

test('a count that is none is refused', (t) => {
  for (const count of [-1, 1.5, Number.NaN, '7' as any, null]) {
    t.throws(() => new SequenceSpout(count), { code: 'CONSTRUCTOR_FAILED' })
  }
  t.throws(() => new SequenceSpout(1, 0.5), { code: 'CONSTRUCTOR_FAILED' })
})

test('who follows files and keeps no positions is told that each run reads them anew', (t) => {
  const warnings = (options: object, config: Readonly<Record<string, unknown>>) =>
    new FileSpout('a', options).warnings(config)
  t.is(warnings({ follow: true }, {}).length, 1)
  t.deepEqual(warnings({ follow: true }, { 'topology.state.dir': 'state' }), [])
  t.deepEqual(warnings({ follow: true }, { 'topology.guarantee': 'exactly-once' }), [])
  t.deepEqual(warnings({}, {}), [])
})
