/**
 * A nimbus and supervisors as processes on this machine: what is submitted runs on the hosts, and goes on elsewhere
 * when one is killed, stopped, or left. `npm run proof:hosts` does it with networks of their own.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { childrenOf, isAlive } from '../storm/cluster.ts'
import { type CliRun, codesOf } from './cli.ts'
import { type NimbusOptions, SmallCluster, until } from './small-cluster.ts'

const words = (workers: number): string => `
name: words
config: { topology.guarantee: exactly-once, topology.workers: ${workers}, topology.state.checkpoint.interval.ms: 100 }
spouts:
  - { id: lines, className: FileSpout, constructorArgs: ['\${input}', { follow: true }] }
bolts:
  - { id: split, className: SplitBolt, parallelism: 2 }
  - { id: count, className: CountBolt, parallelism: 2 }
  - { id: rows, className: FileSinkBolt, constructorArgs: ['\${output}'] }
streams:
  - { from: lines, to: split, grouping: { type: SHUFFLE } }
  - { from: split, to: count, grouping: { type: FIELDS, args: [word] } }
  - { from: count, to: rows, grouping: { type: GLOBAL } }
`

/** A cluster, with words that are counted as they come. */
async function begun(t: ExecutionContext, workers = 2, nimbus: NimbusOptions = {}) {
  const cluster = await SmallCluster.begin(t, { 'words.yaml': words(workers) }, nimbus)
  let said = 0
  /** New words have gone all ways, and every word so far was counted once. */
  const works = async (): Promise<void> => {
    const more = Array.from({ length: 16 }, () => `w${said++}`)
    cluster.append(more.map((word) => `the ${word}`))
    const wanted = Array.from({ length: said }, (_, at) => [`w${at}\t1`, `the\t${at + 1}`]).flat()
    await until(() => cluster.written.length >= wanted.length && cluster.written.includes(`the\t${said}`))
    t.deepEqual(cluster.written.sort(), wanted.sort())
  }
  const supervisor = (name: string): Promise<CliRun> => cluster.supervisor(name, { slots: 2 })
  return { cluster, supervisor, works }
}

test.serial('a topology waits for room, and goes on elsewhere when a host is killed, left, or stopped', async (t) => {
  const { cluster, supervisor, works } = await begun(t)
  t.deepEqual(codesOf(await cluster.submit()), ['NO_SLOTS'])
  const [a, b] = await Promise.all([supervisor('a'), supervisor('b')])
  await works()
  // Its workers end with it, and those that are started on the other host get all slots there.
  b.signal('SIGKILL')
  await b.ended
  await works()
  const c = await supervisor('c')
  // Its workers move, and then it ends by itself.
  a.signal('SIGTERM')
  t.is((await a.ended).code, 0)
  await works()
  const d = await supervisor('d')
  c.signal('SIGSTOP')
  // Stopped, it ends none: they are started elsewhere, and end themselves.
  await until(() => childrenOf(d.pid).length === 2)
  await works()
  c.signal('SIGCONT')
  await works()
  for (const host of [c, d]) host.signal('SIGTERM')
})

test.serial('a host that has another folder of states takes no worker that needs it', async (t) => {
  const { cluster, supervisor } = await begun(t, 1)
  await supervisor('a')
  rmSync(join(cluster.folder, 'state', '.cluster'))
  t.deepEqual(codesOf(await cluster.submit('-c', 'topology.worker.max.restarts=0')), ['STATE_NOT_SHARED'])
})

test.serial('hosts that share no folder run what keeps no state, and nothing else', async (t) => {
  const { cluster, supervisor, works } = await begun(t, 1, { sharesState: false })
  await supervisor('a')
  t.deepEqual(codesOf(await cluster.submit()), ['STATE_NOT_SHARED'])
  t.is((await cluster.submit('-c', 'topology.guarantee=at-least-once')).code, 0)
  await works()
})

test.serial(
  'a host that was killed is back at once where who starts it knows that its workers have ended',
  async (t) => {
    const { cluster, works } = await begun(t, 1, { leaseSecs: 3600 })
    const begin = (): Promise<CliRun> => cluster.supervisor('a', { instance: 'pod-1' })
    const a = await begin()
    t.is((await cluster.submit()).code, 0)
    await works()
    const workers = childrenOf(a.pid)
    a.signal('SIGKILL')
    await a.ended
    await until(() => !workers.some(isAlive))
    await begin()
    await works()
  },
)
