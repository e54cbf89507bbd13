import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { FileSinkBolt, FileSpout, SequenceSpout, SinkBolt, type TransactionalSink } from '../../lib/components/index.ts'
import { PermanentError, TopologyBuilder, type Tuple } from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { folderOf } from '../folder.ts'

/** A table outside of the topology, whose commits do what the test says. */
class Table {
  readonly rows: number[] = []
  onCommit: () => void | Promise<void> = () => {}
  readonly #committed = new Set<string>()

  sink(): TransactionalSink<any, number[], { readonly id: string; readonly rows: number[] }> {
    let next = 0
    const name = Math.random()
    return {
      abort: () => {},
      begin: () => [],
      write: (transaction, tuples: readonly Tuple[]) => void transaction.push(...tuples.map(({ values }) => values[0])),
      prepare: (rows) => ({ id: `${name} ${next++}`, rows }),
      commit: async ({ id, rows }) => {
        await this.onCommit()
        if (this.#committed.has(id)) return
        this.#committed.add(id)
        this.rows.push(...rows)
      },
    }
  }
}

const LIMIT = 300
const HOUR_MS = 3_600_000
const ALL = Array.from({ length: LIMIT }, (_, n) => n)
const inOrder = (rows: Iterable<number>): number[] => [...rows].sort((a, b) => a - b)

function topology(table: Table, guarantee: string) {
  const builder = new TopologyBuilder('sink', {
    'topology.guarantee': guarantee,
    'topology.state.checkpoint.interval.ms': 50,
    'topology.state.unavailable.limit.secs': 20,
    'topology.max.spout.pending': 20,
    'topology.replay.max.attempts': 100,
  })
  builder.setSpout('numbers', () => new SequenceSpout(LIMIT), 2)
  builder.setBolt('sink', () => new SinkBolt(table.sink()), 2).grouping('numbers', 'default', { type: 'shuffle' })
  return builder.createTopology()
}

for (const [how, error, seconds] of [
  ['cannot be made', new Error('away'), 20],
  ['is refused', new PermanentError('no such table'), 0],
] as const) {
  test(`a run whose commit ${how} for ever fails with COMMIT_FAILED, and the next run commits the same once`, async (t) => {
    const table = new Table()
    const snapshots = new MemorySnapshots()
    const cluster = new LocalCluster({ minDelayMs: 1, maxDelayMs: 5 })
    const running = await cluster.submit(topology(table, 'exactly-once'), { snapshots })
    table.onCommit = () => {
      throw error
    }
    const report = await running.complete()
    t.deepEqual([report.status, report.problem?.code], ['failed', 'COMMIT_FAILED'])
    t.true(report.seconds >= seconds && report.seconds < seconds + 20)
    t.is(report.problem?.where.component, 'sink')
    t.is(table.rows.length, 0)
    table.onCommit = () => {}
    const later = await new LocalCluster().submit(topology(table, 'exactly-once'), { snapshots })
    t.is((await later.complete()).status, 'completed')
    t.deepEqual(inOrder(table.rows), ALL)
  })
}

for (const [how, commit, code] of [
  ['is refused', () => Promise.reject(new Error('away')), 'COMPONENT_FAILED'],
  ['does not come to an end', () => new Promise<void>(() => {}), 'SNAPSHOT_LATE'],
] as const) {
  test(`a commit that ${how} is told of for as long as it lasts`, async (t) => {
    const table = new Table()
    const cluster = new LocalCluster()
    const running = await cluster.submit(topology(table, 'exactly-once'), { snapshots: new MemorySnapshots() })
    table.onCommit = commit
    await cluster.advanceTime(10_000)
    const sinks = running.outages.filter(({ what }) => what === 'commit')
    t.true(sinks.length > 0)
    for (const { problem } of sinks) t.deepEqual([problem.code, problem.where.component], [code, 'sink'])
    for (const { failures } of sinks) t.is(failures > 0, code === 'COMPONENT_FAILED')
    if (code !== 'COMPONENT_FAILED') return
    table.onCommit = () => {}
    await cluster.advanceTime(15_000)
    t.deepEqual(running.outages, [])
  })
}

test('a run whose commit never comes to an end fails with COMMIT_FAILED', async (t) => {
  const table = new Table()
  const running = await new LocalCluster().submit(topology(table, 'exactly-once'), { snapshots: new MemorySnapshots() })
  table.onCommit = () => new Promise(() => {})
  const report = await running.complete(HOUR_MS)
  t.deepEqual([report.status, report.problem?.code], ['failed', 'COMMIT_FAILED'])
})

test('exactly once: workers are killed, and each row is committed once', async (t) => {
  const table = new Table()
  const cluster = new LocalCluster({ minDelayMs: 1, maxDelayMs: 5 })
  const running = await cluster.submit(topology(table, 'exactly-once'))
  for (let kills = 0; kills < 5; kills++) {
    await cluster.advanceTime(60)
    if (!running.isDone) running.killWorker(1)
  }
  t.is((await running.complete()).status, 'completed')
  t.deepEqual(inOrder(table.rows), ALL)
})

test('at least once: tuples are acked when they are committed, and those of a commit that fails come again', async (t) => {
  const table = new Table()
  let commits = 0
  table.onCommit = () => {
    if (++commits % 3 === 0) throw new Error('away')
  }
  const running = await new LocalCluster().submit(topology(table, 'at-least-once'))
  const report = await running.complete()
  t.deepEqual([report.status, report.roots.acked], ['completed', LIMIT])
  t.true(report.roots.failed.explicit > 0)
  t.deepEqual(inOrder(new Set(table.rows)), ALL)
})

test('a file sink writes each line once, where others append between runs, one of which has nothing to do, and the next goes back at once', async (t) => {
  const folder = folderOf(t)
  const [input, output] = [join(folder, 'in.txt'), join(folder, 'out.tsv')]
  writeFileSync(input, 'a\nb\n')
  const snapshots = new MemorySnapshots()
  const submit = (follow: boolean) => {
    const builder = new TopologyBuilder('lines', {
      'topology.guarantee': 'exactly-once',
      'topology.state.checkpoint.interval.ms': 60_000,
    })
    builder.setSpout('lines', () => new FileSpout(input, { follow }))
    builder.setBolt('out', () => new FileSinkBolt(output)).grouping('lines', 'default', { type: 'shuffle' })
    return new LocalCluster({ minDelayMs: 1, maxDelayMs: 5 }).submit(builder.createTopology(), { snapshots })
  }
  t.is((await (await submit(false)).complete()).status, 'completed')
  appendFileSync(output, 'of another\n')
  t.is((await (await submit(false)).complete()).status, 'completed')
  appendFileSync(output, 'of another\n')
  appendFileSync(input, 'c\n')
  const running = await submit(true)
  await running.waitUntil(() => readFileSync(output, 'utf8').endsWith('c\n'))
  running.killWorker(1)
  await running.waitUntil(() => !readFileSync(output, 'utf8').endsWith('c\n'))
  await running.waitUntil(() => readFileSync(output, 'utf8').endsWith('c\n'))
  running.drain()
  await running.complete()
  t.is(readFileSync(output, 'utf8'), 'a\nb\nof another\nof another\nc\n')
})
