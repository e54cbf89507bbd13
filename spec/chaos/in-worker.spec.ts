/** What chaos does in the process of a worker: a disk that is full, spouts that take their time, and what is up. */
import { once } from 'node:events'
import { createWriteStream, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { asRun } from '../../lib/chaos/processes/as-run.ts'
import { CALM, putUp, readUp, signedIn, signIn } from '../../lib/chaos/processes/board.ts'
import { fillWhile } from '../../lib/chaos/processes/full-disk.ts'
import { SeenRows } from '../../lib/chaos/processes/seen-rows.ts'
import { FileSinkBolt, FileSpout, SequenceSpout } from '../../lib/components/index.ts'
import { TopologyBuilder } from '../../lib/index.ts'
import { testCollector, testContext } from '../../lib/testing/index.ts'
import { folderOf } from '../folder.ts'

test.serial('while the disk is full no file can be written, and then it can', async (t) => {
  const file = join(folderOf(t), 'file')
  const descriptor = openSync(file, 'a')
  const handle = await open(file, 'a')
  t.teardown(() => handle.close())
  let isFull = true
  await fillWhile(() => isFull)
  t.throws(() => writeSync(descriptor, 'one'), { code: 'ENOSPC' })
  await t.throwsAsync(handle.write('two'), { code: 'ENOSPC' })
  const stream = createWriteStream(file, { flags: 'a' })
  const failed = once(stream, 'error')
  stream.write('three')
  t.is(((await failed)[0] as NodeJS.ErrnoException).code, 'ENOSPC')
  isFull = false
  writeSync(descriptor, 'four ')
  await handle.write('five')
  t.is(readFileSync(file, 'utf8'), 'four five')
})

test('a spout emits no faster than its pace, and makes up for what it could not emit', async (t) => {
  const builder = new TopologyBuilder('paced')
  const numbers = builder.setSpout('numbers', () => new SequenceSpout(1000))
  builder.setBolt('sink', () => new FileSinkBolt('never-written.txt')).globalGrouping(numbers)
  const order = { folder: folderOf(t), workers: 1, sinks: ['sink'], paces: { numbers: 10 } }
  const { components } = asRun(builder.createTopology(), order)
  const spout = components.get('numbers')!() as SequenceSpout
  const context = testContext(spout)
  const collector = testCollector(spout)
  spout.open(context, collector)
  for (const [ms, emitted] of [
    [0, 1],
    [1000, 11],
    [500, 16],
    [0, 16],
  ] as const) {
    await context.clock.advance(ms)
    for (let call = 0; call < 100; call++) spout.nextTuple()
    t.is(collector.emitted.length, emitted)
  }
})

test('a file of the user is not written: its witness stands for it', (t) => {
  const builder = new TopologyBuilder('files')
  const lines = builder.setSpout('lines', () => new FileSpout('lines.txt'))
  builder.setBolt('sink', () => new FileSinkBolt('precious.txt')).globalGrouping(lines)
  const { components, topology } = asRun(builder.createTopology(), {
    ...{ folder: folderOf(t), workers: 2, sinks: ['sink'], paces: {} },
  })
  const sink = components.get('sink')!() as FileSinkBolt
  const collector = testCollector(sink)
  sink.prepare(testContext(sink), collector)
  t.is(sink.prepareCommit(), undefined, 'a file is open')
  const witnesses = Object.entries(topology.components).filter(([id]) => !['lines', 'sink'].includes(id))
  t.deepEqual(
    witnesses.map(([, { inputs, parallelism }]) => [inputs.map(({ component }) => component), parallelism]),
    [[['lines'], 2]],
  )
})

test('what is up with a worker is what was put up last, and a worker that has not come has no process', (t) => {
  const folder = folderOf(t)
  t.deepEqual(readUp(folder, 1, CALM), CALM)
  putUp(folder, 1, { ...CALM, isCut: true })
  putUp(folder, 1, { ...CALM, lateMs: 7 })
  t.deepEqual(readUp(folder, 1, CALM), { ...CALM, lateMs: 7 })
  t.is(signedIn(folder, 1), undefined)
  signIn(folder, 1)
  t.is(signedIn(folder, 1)?.pid, process.pid)
})

test('new rows are those behind what was seen, of whole lines, also where some were taken back', async (t) => {
  const folder = folderOf(t)
  const file = join(folder, 'seen-by-x.rows')
  const seen = new SeenRows(folder)
  seen.skip()
  writeFileSync(file, '1 sink [1]\n2 sink [2]\n')
  seen.skip()
  t.deepEqual([...seen.newFrom()], [])
  writeFileSync(file, '4 sink [4]\n5 sink [5]\n3 sin', { flag: 'a' })
  t.deepEqual([...seen.newFrom()], [4, 5])
  writeFileSync(file, '1 sink [1]\n')
  t.deepEqual([...seen.newFrom()], [])
  t.deepEqual(await seen.all(), ['sink [1]'])
})
