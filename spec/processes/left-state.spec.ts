/**
 * A run begins where another one has left its name: one that was killed on another host, and of which nothing can be
 * known but that it gives no sign of life. Whoever keeps state has the lease of it before its workers live; whoever
 * keeps none goes by no lease; and a worker whose run has lost it says so with its last word.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { openStore } from '../../lib/store/store.ts'
import { codesOf, configured, type Ended, typhoonProcess } from './cli.ts'
import { SmallCluster } from './small-cluster.ts'

const OPENER = fileURLToPath(new URL('../store/directory-opener.js', import.meta.url))

const BATCHES = `
import { Count, embeddedMap, PartitionedFileSpout, TridentTopology } from 'typhoon/trident'
import { fields, number } from 'typhoon'
const topology = new TridentTopology('words')
topology
  .newStream('lines', () => new PartitionedFileSpout('input.txt'))
  .groupBy(['line'])
  .persistentAggregate('counts', embeddedMap(), Count, fields({ count: number }))
export default topology.build()
`
/** Its bolt looks at the lease, as one that writes outside does. */
const PLAIN = `
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BasicBolt, fields, leaseOf, Spout, string, TopologyBuilder } from 'typhoon'

class Words extends Spout {
  outputs = fields({ word: string })
  #left = 3
  open(_context, collector) { this.collector = collector }
  nextTuple() { if (this.#left-- > 0) this.collector.emit({ word: 'a' }) }
  isExhausted() { return this.#left <= 0 }
}
class Look extends BasicBolt {
  prepare(context) { this.context = context }
  execute(tuple) {
    const { config, topology } = this.context
    if (process.env.TAKEN) writeFileSync(join(config['topology.state.dir'], topology, 'lease/holder'), 'another')
    leaseOf(this.context).check()
    appendFileSync('output.txt', tuple.get('word'))
  }
}
const builder = new TopologyBuilder('words')
builder.setSpout('words', () => new Words())
builder.setBolt('look', () => new Look()).shuffleGrouping('words')
export default builder.createTopology()
`

/** A folder with a topology, and the state of a run of it that was killed on another host. */
async function left(t: ExecutionContext, topology: string): Promise<string> {
  const folder = SmallCluster.project(t, { 'words.mjs': topology, 'input.txt': 'a\nb\na\n' })
  const root = join(folder, 'state')
  const child = spawn(process.execPath, [OPENER, 'run', root, '1', 'before'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(child.stdout, 'data')
  t.is(String(said), 'opened\n')
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  const store = openStore(join(root, 'words', 'lease'), { sync: 'none' })
  const lease = store.get('lease') as { workers: object[] }
  const workers = lease.workers.map((worker) => ({ ...worker, space: 'another one' }))
  store.transaction((writer) => writer.put('lease', { ...lease, workers }))
  await store.close()
  return folder
}

function run(cwd: string, config: Readonly<Record<string, unknown>> = {}, env = {}): Promise<Ended> {
  const given = configured({ 'topology.worker.max.restarts': 0, ...config })
  return typhoonProcess(['run', 'words.mjs', '--state', 'state', ...given], { cwd, env })
}

test('batches go on where a run on another host was killed, whose name still stands there', async (t) => {
  const { code, stderr } = await run(await left(t, BATCHES))
  t.is(code, 0, stderr)
})

test('a run that keeps nothing does not mind the name of one that did', async (t) => {
  const { code, stderr } = await run(await left(t, PLAIN))
  t.is(code, 0, stderr)
})

test('a worker whose run has lost its state says so, and does nothing more', async (t) => {
  const folder = await left(t, PLAIN)
  const ended = await run(folder, { 'topology.guarantee': 'exactly-once' }, { TAKEN: '1' })
  t.deepEqual([ended.code, codesOf(ended)], [1, ['STATE_IN_USE']], ended.stderr)
})
