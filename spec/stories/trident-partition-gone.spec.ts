/** A file of a transactional spout disappears between two runs, and comes back while the second one waits for it. */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { fields, type TopologyDefinition } from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { Count, embeddedMap, PartitionedFileSpout, TridentTopology } from '../../lib/trident/index.ts'
import { folderOf } from '../folder.ts'

function countLines(folder: string, seen: number[]): TopologyDefinition {
  const topology = new TridentTopology('lines', { 'topology.state.dir': join(folder, 'state') })
  topology
    .newStream('lines', () => new PartitionedFileSpout(join(folder, '*.txt')))
    .persistentAggregate('count', embeddedMap<number>(), Count, fields<{ count: number }>('count'))
    .newValuesStream()
    .peek((tuple) => void seen.push(tuple.get('count')))
  return topology.build()
}

test('a file that has gone is told, no batch begins, and the run goes on by itself when it is back', async (t) => {
  const folder = folderOf(t)
  writeFileSync(join(folder, 'a.txt'), 'one\ntwo\n')
  writeFileSync(join(folder, 'b.txt'), 'three\n')
  const first: number[] = []
  await (await new LocalCluster().submit(countLines(folder, first))).complete()
  t.is(first.at(-1), 3)

  renameSync(join(folder, 'b.txt'), join(folder, 'b.away'))
  appendFileSync(join(folder, 'a.txt'), 'four\n')
  const second: number[] = []
  const cluster = new LocalCluster()
  const topology = await cluster.submit(countLines(folder, second))
  await cluster.advanceTime(20_000)
  t.deepEqual(second, [])
  t.deepEqual(
    topology.problems.map(({ code }) => code),
    ['PARTITION_GONE'],
    'told once',
  )
  renameSync(join(folder, 'b.away'), join(folder, 'b.txt'))
  t.is((await topology.complete()).status, 'completed')
  t.is(second.at(-1), 4)
})
