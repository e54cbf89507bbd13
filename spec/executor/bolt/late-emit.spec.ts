/** What a basic bolt emits belongs to the execution that made it, or is refused. */
import test from 'ava'
import { TyphoonError } from '../../../lib/errors/typhoon-error.ts'
import { EMITTED } from '../../../lib/stats/counters.ts'
import { TopologyBuilder } from '../../../lib/topology/builder/topology-builder.ts'
import type { BasicOutputCollector } from '../../../lib/topology/component/collectors.ts'
import type { Tuple } from '../../../lib/tuple/tuple.ts'
import { harness, ScriptBasicBolt, ScriptBolt, ScriptSpout } from '../harness.ts'
import { breathe, Promises, runBolt } from '../runs.ts'

/** The collector of each execution of a basic bolt, and what it returns. */
async function runCollecting(result: () => void | Promise<void>) {
  const collectors: BasicOutputCollector[] = []
  const execute = (_: Tuple, out: BasicOutputCollector): void | Promise<void> => {
    collectors.push(out)
    return result()
  }
  return Object.assign(await runBolt(new ScriptBasicBolt(execute), ['a', 'b'], 2), { collectors })
}

test('what a basic bolt emits when its tuple was acked is refused, and the topology fails: the row would be lost', async (t) => {
  const it = await runCollecting(() => {})
  it.settle()
  t.is(t.throws(() => it.collectors[0]!.emit(['late']), { instanceOf: TyphoonError })!.code, 'LATE_EMIT')
  t.deepEqual(
    it.fatals.map(({ code, where }) => [code, where.component, where.task]),
    [['LATE_EMIT', 'bolt', it.tasks('bolt')[0]]],
  )
  t.is(it.bolt('bolt').counters[EMITTED], 0)
})

test('what it emits when its tuple has failed is refused, and that is all: the tuple is replayed', async (t) => {
  const it = await runCollecting(() => Promise.reject(new Error('no')))
  it.settle()
  await breathe()
  t.is(t.throws(() => it.collectors[0]!.emit(['late']), { instanceOf: TyphoonError })!.code, 'LATE_EMIT')
  t.deepEqual(it.fatals, [])
})

test('what it emits after the end of the input is refused', async (t) => {
  let last: BasicOutputCollector | undefined
  class Last extends ScriptBasicBolt {
    override endOfInput(collector: BasicOutputCollector): void {
      last = collector
    }
  }
  const it = await runBolt(new Last(() => {}), [])
  await it.bolt('bolt').endOfInput()
  t.is(t.throws(() => last!.emit(['late']), { instanceOf: TyphoonError })!.code, 'LATE_EMIT')
})

test('of two executions that are under way each emits into its own tree', async (t) => {
  const promises = new Promises()
  const collectors: BasicOutputCollector[] = []
  const held: Tuple[] = []
  const source = new ScriptSpout()
  const builder = new TopologyBuilder('two', { 'topology.bolt.concurrency': 2 })
  builder.setSpout('words', () => source)
  const execute = (tuple: Tuple, out: BasicOutputCollector): Promise<void> => {
    collectors.push(out)
    return promises.make(tuple)
  }
  builder.setBolt('bolt', () => new ScriptBasicBolt(execute)).grouping('words', 'default', { type: 'shuffle' })
  builder
    .setBolt('sink', () => new ScriptBolt((tuple) => void held.push(tuple)))
    .grouping('bolt', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  it.activate()
  for (const id of ['a', 'b']) source.script.push((out) => out.emit([id], id))
  it.settle()
  collectors[0]!.emit(['of a'])
  for (const { resolve } of promises.open) resolve()
  await breathe()
  it.settle()
  t.deepEqual(source.acked, ['b'], 'a waits for what was emitted for it')
  it.bolt('sink').ack(held[0]!)
  it.settle()
  t.deepEqual(source.acked, ['b', 'a'])
})
