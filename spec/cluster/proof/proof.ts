/**
 * `npm run proof:hosts`: three hosts, a word count exactly once through everything that can happen to them, DRPC and
 * Trident; every count is compared. Prints what it has measured; exits with 1 where something differs, and where it may
 * not make network namespaces.
 *
 * `HOSTS_LEASE=10` is the lease of a host in seconds; `HOSTS_ONLY=words` does one of the two stories.
 */
import { made, remove } from '../../made-folder.ts'
import { HostCluster } from './cluster.ts'
import { hindrance, signalled } from './namespaces.ts'
import { TridentWords } from './trident-words.ts'
import { WordCount } from './word-count.ts'

const LEASE = Number(process.env['HOSTS_LEASE'] ?? 3)
/** The one that is wanted; all of them unless given. */
const ONLY = process.env['HOSTS_ONLY']
const HOSTS = 3
const SLOTS = 4

const why = hindrance()
if (why !== undefined) {
  console.log(`the proof of several hosts cannot run here: ${why}`)
  process.exit(1)
}
const folder = made()
const cluster = new HostCluster(folder, HOSTS, { leaseSecs: LEASE, slots: SLOTS })
const STORIES = { words: countWords, trident: askTrident }
let isWhole = false
try {
  await measured(`${HOSTS} hosts have joined, with a lease of ${LEASE} s`, () => cluster.start())
  const differs: string[] = []
  for (const [name, story] of Object.entries(STORIES))
    if (ONLY === undefined || ONLY === name) differs.push(await story())
  isWhole = differs.every((found) => found === '')
} finally {
  cluster.close()
  if (process.env['KEEP'] === undefined) await remove(folder)
  else console.log(`what was written is in ${folder}`)
}
process.exitCode = isWhole ? 0 : 1

async function countWords(): Promise<string> {
  const words = new WordCount(cluster, folder)
  try {
    await measured('the word count was submitted, and works', () => words.begin())
    await words.disturbed('a worker is killed', () => {
      const [host] = cluster.busyHosts
      signalled(cluster.workersOn(host!)[0]!, 'SIGKILL')
    })
    const lost = cluster.busyHosts[0]!
    await words.disturbed(`${cluster.nameOf(lost)} is killed, with all its processes`, () => cluster.net.kill(lost))
    await measured(`${cluster.nameOf(lost)} has come again`, () => cluster.startSupervisor(lost))
    await words.disturbed('the nimbus is killed, and begins again', async () => {
      await cluster.killNimbus()
      await cluster.startNimbus()
    })
    const cut = cluster.busyHosts[0]!
    await words.disturbed(`${cluster.nameOf(cut)} is cut off`, () => cluster.net.cut(cut))
    await words.disturbed(`${cluster.nameOf(cut)} is reached again`, () => cluster.net.heal(cut))
    const frozen = cluster.busyHosts[0]!
    const pids = cluster.net.processesOf(frozen)
    const each = (signal: NodeJS.Signals) => (): void => {
      for (const pid of pids) signalled(pid, signal)
    }
    await words.disturbed(`${cluster.nameOf(frozen)} stands still`, each('SIGSTOP'))
    await words.disturbed(`${cluster.nameOf(frozen)} goes on`, each('SIGCONT'))
    const left = cluster.busyHosts[0]!
    await words.disturbed(`the supervisor of ${cluster.nameOf(left)} is stopped`, () => cluster.stopSupervisor(left))
    await cluster.startSupervisor(left)
    await words.disturbed('from 2 workers to 4', async () => {
      console.log((await cluster.ask('rebalance', 'words', '-n', '4', '--json')).trim())
    })
    return await words.compare()
  } finally {
    words.stop()
  }
}

async function askTrident(): Promise<string> {
  const words = new TridentWords(cluster, folder)
  await measured('Trident: the word count was submitted, and answers on each host', () => words.begin())
  await words.disturbed('a worker is killed', () => {
    const [host] = cluster.busyHosts
    signalled(cluster.workersOn(host!)[0]!, 'SIGKILL')
  })
  const lost = cluster.busyHosts.at(-1)!
  await words.disturbed(`${cluster.nameOf(lost)} is killed`, () => cluster.net.kill(lost))
  await cluster.startSupervisor(lost)
  return words.compare()
}

/** Does something, and says how long it took. */
async function measured(what: string, action: () => Promise<unknown>): Promise<void> {
  const beganAt = performance.now()
  await action()
  console.log(`${what}: ${((performance.now() - beganAt) / 1000).toFixed(1)} s`)
}
