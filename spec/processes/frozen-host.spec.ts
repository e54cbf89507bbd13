/**
 * A host stands still with all its processes for longer than its lease, and comes back when its tasks have long begun
 * on another one. What its worker has in hand is not written any more: each line is there once. The hosts share the
 * disk of the outputs, and nothing else.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { childrenOf, isAlive } from '../storm/cluster.ts'
import { volume } from '../volume.ts'
import { SmallCluster, signalAll, until } from './small-cluster.ts'

/** Where a sink stops its whole host, if somebody has left a file that says so. */
const STEPS = ['writing', 'prepared', 'committing'] as const

const SINK = `
import { rmSync } from 'node:fs'
import { FileSinkBolt } from 'typhoon/components'
export class StoppingSink extends FileSinkBolt {
  #stop
  constructor(path, stop) {
    super(path)
    this.#stop = stop
  }
  execute(tuple) {
    const done = super.execute(tuple)
    this.#reach('writing')
    return done
  }
  prepareCommit(snapshot) {
    const kept = super.prepareCommit(snapshot)
    this.#reach('prepared')
    return kept
  }
  commit() {
    this.#reach('committing')
  }
  #reach(step) {
    try {
      rmSync(this.#stop + step)
    } catch {
      return
    }
    for (const pid of [process.ppid, process.pid]) process.kill(pid, 'SIGSTOP')
  }
}
`
const WORDS = `
name: words
config:
  topology.guarantee: exactly-once
  topology.state.checkpoint.interval.ms: 50
  topology.worker.max.restarts: 100
spouts:
  - { id: lines, className: FileSpout, constructorArgs: ['\${input}', { follow: true }] }
bolts:
  - { id: sink, className: './sink.mjs#StoppingSink', constructorArgs: ['\${output}', '\${stop}'] }
streams:
  - { from: lines, to: sink, grouping: { type: GLOBAL } }
`
const APPEND_MS = 2
const LINES_AT_ONCE = 5

test('a host that stood still writes nothing that was taken over, wherever its sink was', async (t) => {
  const cluster = await SmallCluster.begin(t, { 'words.yaml': WORDS, 'sink.mjs': SINK })
  const stop = join(cluster.folder, 'stop-')
  const host = (name: string) => {
    const own = join(cluster.folder, `tmp-${name}`)
    mkdirSync(own)
    return cluster.supervisor(name, { env: { TMPDIR: own } })
  }
  let busy = await host('a')
  t.is((await cluster.submit('--set', `stop=${stop}`)).code, 0)
  let idle = await host('b')

  const expected: string[] = []
  const append = (): void => {
    const lines = Array.from({ length: LINES_AT_ONCE }, (_, at) => `line ${expected.length + at}`)
    expected.push(...lines)
    cluster.append(lines)
  }
  const appending = setInterval(append, APPEND_MS)
  t.teardown(() => clearInterval(appending))
  /** What is read from now on is written. */
  const works = (): Promise<void> => {
    const { length } = expected
    return until(() => cluster.written.includes(`line ${length + LINES_AT_ONCE - 1}`))
  }

  await works()
  for (let stops = 0; stops < volume(2, 9); stops++) {
    const step = STEPS[stops % STEPS.length]!
    writeFileSync(stop + step, '')
    await until(() => !existsSync(stop + step))
    const frozen = childrenOf(busy.pid)
    await works()
    t.is(childrenOf(idle.pid).length, 1, 'it runs elsewhere')
    // In no order that could be relied upon: here the worker is there before its supervisor, and ends by itself.
    signalAll(frozen, 'SIGCONT')
    await until(() => !frozen.some(isAlive))
    signalAll([busy.pid], 'SIGCONT')
    await works()
    ;[busy, idle] = [idle, busy]
  }
  clearInterval(appending)
  await until(() => cluster.written.includes(expected.at(-1)!))
  const { written } = cluster
  t.deepEqual([written.length, new Set(written).size], [expected.length, expected.length])
})
