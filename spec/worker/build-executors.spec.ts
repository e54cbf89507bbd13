import test from 'ava'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { BoltExecutor } from '../../lib/executor/bolt/bolt-executor.ts'
import { planTopology, workerIds } from '../../lib/scheduler/plan.ts'
import { EXECUTED } from '../../lib/stats/counters.ts'
import { TopologyBuilder } from '../../lib/topology/builder/topology-builder.ts'
import type { TopologyDefinition } from '../../lib/topology/component/definition.ts'
import { sourceTable } from '../../lib/worker/tasks/build/source-table.ts'
import { harness, ScriptBasicBolt, ScriptSpout, WORD } from '../executor/harness.ts'

/** spout → a → b → c, declared in another order, on so many workers. */
function chain(workers = 1, config = {}): TopologyDefinition {
  const builder = new TopologyBuilder('chain', { 'topology.workers': workers, ...config })
  const pass = () => new ScriptBasicBolt((tuple, out) => void out.emit(tuple.values))
  builder.setBolt('c', pass).grouping('b', 'default', { type: 'shuffle' })
  builder.setBolt('a', pass, 2).grouping('words', 'default', { type: 'shuffle' })
  builder.setSpout('words', () => new ScriptSpout({ words: WORD, default: WORD }))
  builder.setBolt('b', pass).grouping('a', 'default', { type: 'shuffle' })
  return builder.createTopology()
}

test('executors stand spouts first, then in the order of the data, the acker last', async (t) => {
  const it = await harness(chain())
  t.deepEqual(
    it.all.map(({ component }) => component),
    ['words', 'a', 'a', 'b', 'c', '__acker'],
  )
})

test('a worker has the executors and inboxes of its own tasks, and no others', async (t) => {
  const definition = chain(2)
  const plan = planTopology(definition.topology)
  for (const worker of workerIds(plan)) {
    const it = await harness(definition, { worker })
    const mine = plan.tasks.filter((task) => task.worker === worker).map(({ task }) => task)
    t.deepEqual(
      it.all.map(({ task }) => task).sort((a, b) => a - b),
      mine,
    )
    t.deepEqual(
      it.inboxes.flatMap((inbox, task) => (inbox === undefined ? [] : [task])),
      mine,
    )
    t.deepEqual(
      [...it.contexts.keys()].sort((a, b) => a - b),
      mine,
    )
  }
})

test('what stands for a stream on the wire is the same in every worker', (t) => {
  const plan = planTopology(chain(2).topology)
  const sourceOf = sourceTable(plan)
  const spout = plan.tasks.find(({ component }) => component === 'words')!.task
  t.deepEqual(
    [0, 1].map((index) => sourceOf(spout, index)!.stream),
    ['words', 'default'],
  )
  t.is(sourceOf(spout, 0), sourceOf(spout, 0))
  t.is(sourceOf(spout, 99), undefined)
  t.is(sourceOf(999, 0), undefined)
  t.is(sourceOf(0, 0), undefined)
  t.is(sourceOf(-1, 0)!.stream, '__tick')
})

test('a link that is full holds back those who send to that worker, and no others', async (t) => {
  // c and words in worker 1 with one a; the other a and b in worker 2.
  const definition = chain(2)
  const it = await harness(definition, { worker: 1 })
  it.backpressure.setLink(2, true)
  const other = new Set(it.plan.tasks.filter(({ worker }) => worker === 2).map(({ component }) => component))
  const sends: Record<string, string | undefined> = { words: 'a', a: 'b', b: 'c' }
  for (const executor of it.all)
    t.is(executor.heldBy > 0, other.has(sends[executor.component] ?? ''), executor.component)
  it.backpressure.setLink(2, false)
  t.true(it.all.every(({ heldBy }) => heldBy === 0))
})

test('each task has an instance of its own, and a constructor that throws is told with its component', async (t) => {
  let made = 0
  const builder = new TopologyBuilder('instances')
  builder.setSpout('words', () => new ScriptSpout())
  builder
    .setBolt(
      'bolt',
      () => {
        if (++made === 4) throw new Error('the third task cannot be')
        return new ScriptBasicBolt(() => {})
      },
      3,
    )
    .grouping('words', 'default', { type: 'shuffle' })
  const definition = builder.createTopology()
  const error = await t.throwsAsync(harness(definition), { instanceOf: TyphoonError })
  t.is(error.code, 'CONSTRUCTOR_FAILED')
  t.deepEqual(error.where, { component: 'bolt' })
  t.regex(error.message, /the third task cannot be/)
})

test('with always.try.serialize what cannot be sent fails within one worker too, and the rest arrives as a copy', async (t) => {
  const source = new ScriptSpout()
  const got: unknown[] = []
  const builder = new TopologyBuilder('serialize', { 'topology.testing.always.try.serialize': true })
  builder.setSpout('words', () => source)
  builder
    .setBolt('bolt', () => new ScriptBasicBolt((tuple) => void got.push(tuple.values[0])))
    .grouping('words', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  it.activate()
  const value = { deep: [1, new Map([['a', 2n]])] }
  source.script.push((out) => out.emit([value], 1))
  source.script.push((out) => out.emit([() => {}], 2))
  it.settle()
  t.deepEqual(got, [value])
  t.not(got[0], value)
  t.deepEqual(source.acked, [1])
  t.is(it.problems[0]!.code, 'CANNOT_ENCODE')
  t.true(it.bolt('bolt') instanceof BoltExecutor)
  t.is(it.bolt('bolt').counters[EXECUTED], 1)
})
