/** What goes through the streams of a topology: counted where it is emitted, and derived where it is executed. */
import test from 'ava'
import { RunTotals } from '../../lib/daemon/report/report.ts'
import { metricsOf } from '../../lib/run/metrics.ts'
import { countersOfStream, countersReported, EMITTED, makeCounters, TRANSFERRED } from '../../lib/stats/counters.ts'
import { TopologyBuilder } from '../../lib/topology/builder/topology-builder.ts'
import { fields } from '../../lib/tuple/fields.ts'
import { snapshotTasks } from '../../lib/worker/tasks/snapshot-tasks.ts'
import { harness, ScriptBasicBolt, ScriptSpout } from '../executor/harness.ts'

const STREAMS = { words: fields('word'), counts: fields('word') }

test('each stream counts by itself, and all of them together are what a task has emitted', (t) => {
  const counters = makeCounters(3)
  for (const [stream, emitted] of [5, 7, 11].entries()) {
    const own = countersOfStream(counters, stream)
    own[EMITTED]! += emitted
    own[TRANSFERRED]! += 2 * emitted
  }
  const reported = countersReported(counters)
  t.is(reported.length, makeCounters().length)
  t.deepEqual([reported[EMITTED], reported[TRANSFERRED]], [23, 46])
})

/** A spout with two streams; `all` takes each of them on each of its tasks, `some` only words, and fails some. */
async function played() {
  const source = new ScriptSpout(STREAMS)
  const builder = new TopologyBuilder('flow')
  builder.setSpout('source', () => source)
  builder
    .setBolt('all', () => new ScriptBasicBolt(() => {}), 2)
    .grouping('source', 'words', { type: 'all' })
    .grouping('source', 'counts', { type: 'shuffle' })
  const some = (word: unknown): void => {
    if (word === 'bad') throw new Error('bad')
  }
  builder
    .setBolt('some', () => new ScriptBasicBolt((tuple) => some(tuple.values[0])))
    .grouping('source', 'words', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  it.activate()
  for (const word of ['a', 'bad', 'c']) source.script.push((out) => out.emit([word], word, 'words'))
  for (const word of ['d', 'e']) source.script.push((out) => out.emit([word], word, 'counts'))
  it.settle()
  return it
}

test('what came to each input follows from what was emitted, and what failed is counted by input', async (t) => {
  const it = await played()
  const totals = new RunTotals(it.plan)
  totals.update(1, { tasks: snapshotTasks(it), memoryBytes: 0, cpuMs: 0, stallMs: 0, badFrames: 0 })
  const { components } = metricsOf({ plan: it.plan, totals, status: 'running', seconds: 1 })
  const { source, all, some } = components
  t.deepEqual(source!.streams, [
    { stream: 'words', emitted: 3, transferred: 9 },
    { stream: 'counts', emitted: 2, transferred: 2 },
  ])
  t.deepEqual([source!.emitted, source!.transferred], [5, 11])
  t.deepEqual(all!.inputs, [
    { component: 'source', stream: 'words', failed: 0, sent: 6 },
    { component: 'source', stream: 'counts', failed: 0, sent: 2 },
  ])
  t.deepEqual(some!.inputs, [{ component: 'source', stream: 'words', failed: 1, sent: 3, acked: 2 }])
  t.is(all!.executed, 8)
})

test('streams and failures by input go on after a worker was lost', async (t) => {
  const it = await played()
  const totals = new RunTotals(it.plan)
  const report = { tasks: snapshotTasks(it), memoryBytes: 0, cpuMs: 0, stallMs: 0, badFrames: 0 }
  totals.update(1, report)
  totals.lost(1)
  totals.update(1, report)
  totals.lost(1)
  const { components } = metricsOf({ plan: it.plan, totals, status: 'running', seconds: 1 })
  t.deepEqual(components['source']!.streams[0], { stream: 'words', emitted: 6, transferred: 18 })
  t.is(components['some']!.inputs[0]!.failed, 2)
})
