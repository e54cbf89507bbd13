/**
 * `npm run proof:hosts-speed`: a word count on two workers, half of its words crossing, on two hosts over TLS, and on
 * one host over loopback without, in turn; by what they count in a second, and by the time of the processor for a
 * million words.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { made, remove } from '../../made-folder.ts'
import { until } from './hosts/daemon.ts'
import { HostCluster } from './hosts/host-cluster.ts'
import { hindrance } from './hosts/namespaces.ts'

const TOPOLOGY = `
name: words
config: { topology.workers: 2, topology.max.spout.pending: 1000 }
spouts:
  - { id: lines, className: RandomSentenceSpout, parallelism: 2 }
bolts:
  - { id: split, className: SplitBolt, parallelism: 2 }
  - { id: count, className: CountBolt, parallelism: 2 }
streams:
  - { from: lines, to: split, grouping: { type: LOCAL_OR_SHUFFLE } }
  - { from: split, to: count, grouping: { type: FIELDS, args: [word] } }
`
const ROUNDS = 3
const WARM_UP_MS = 8000
const MEASURED_MS = 15_000
const TICKS_PER_SECOND = 100

/** What was counted in a second, and what a million cost. */
interface Speed {
  readonly perSecond: number
  readonly cpuSeconds: number
}

const why = hindrance()
if (why !== undefined) {
  console.log(`the speed of several hosts cannot be measured here: ${why}`)
  process.exit(1)
}
const folder = made()
mkdirSync(join(folder, 'project'))
writeFileSync(join(folder, 'project/words.yaml'), TOPOLOGY)
try {
  for (let round = 1; round <= ROUNDS; round++) {
    const loopback = await speedOf('one host, loopback', `loopback${round}`, (cluster) => cluster.startService())
    const hosts = await speedOf('two hosts, TLS', `hosts${round}`, (cluster) => cluster.start())
    const ratio = (hosts.perSecond / loopback.perSecond).toFixed(2)
    const cpu = (loopback.cpuSeconds / hosts.cpuSeconds).toFixed(2)
    console.log(`hosts against loopback: ${ratio} by the words in a second, ${cpu} by the time of the processor`)
  }
} finally {
  await remove(folder)
}

async function speedOf(what: string, name: string, start: (cluster: HostCluster) => Promise<void>): Promise<Speed> {
  mkdirSync(join(folder, name))
  const cluster = new HostCluster(join(folder, name), { hosts: 2, leaseSecs: 10, slots: 1 })
  try {
    await start(cluster)
    await cluster.ask('submit', join(folder, 'project/words.yaml'))
    await until('both workers are there', () => cluster.workers.length >= 2)
    await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS))
    const speed = await measured(cluster)
    const million = `${speed.cpuSeconds.toFixed(2)} s of the processor for a million`
    console.log(`${what}: ${Math.round(speed.perSecond)} words/s, ${million}`)
    return speed
  } finally {
    cluster.close()
  }
}

async function measured(cluster: HostCluster): Promise<Speed> {
  const { workers } = cluster
  const [before, ticks, at] = [await counted(cluster), ticksOf(workers), performance.now()]
  await new Promise((resolve) => setTimeout(resolve, MEASURED_MS))
  const [words, used] = [(await counted(cluster)) - before, ticksOf(workers) - ticks]
  const perSecond = words / ((performance.now() - at) / 1000)
  return { perSecond, cpuSeconds: used / TICKS_PER_SECOND / (words / 1e6) }
}

async function counted(cluster: HostCluster): Promise<number> {
  const { metrics } = JSON.parse(await cluster.ask('status', 'words', '--json'))
  return metrics.components.count.executed
}

/** Time of the processor that processes have used, all their threads together. */
function ticksOf(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, one) => sum + one, 0)
}
