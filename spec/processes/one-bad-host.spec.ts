/**
 * One host of several is not as the others: its disk is full, it is another machine, its clock is another one, the code
 * does not load there, its slots are taken. The topology runs on the others, whole, or it waits, and says why.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { folderOf, sharedFolder } from '../folder.ts'
import { childrenOf } from '../storm/cluster.ts'
import { type CliRun, codesOf, type Ended } from './cli.ts'
import { SmallCluster, until } from './small-cluster.ts'

const WORDS = `
name: words
config: { topology.guarantee: exactly-once, topology.workers: 2, topology.state.checkpoint.interval.ms: 100 }
spouts:
  - { id: lines, className: FileSpout, constructorArgs: ['\${input}', { follow: true }] }
bolts:
  - { id: same, className: './same.mjs#Same', parallelism: 2 }
  - { id: sink, className: FileSinkBolt, constructorArgs: ['\${output}'] }
streams:
  - { from: lines, to: same, grouping: { type: SHUFFLE } }
  - { from: same, to: sink, grouping: { type: GLOBAL } }
`
const SAME = `
import { BasicBolt, fields } from 'typhoon'
export class Same extends BasicBolt {
  outputs = fields('line')
  execute(tuple, collector) {
    collector.emit([tuple.get('line')])
  }
}
`
const KIB = 1024
const TWO_GB = 2 * 1024 * 1024 * KIB
const MINUTES = 60_000

/** The environment of a process that does something first. */
function preloading(code: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` }
}

/** A supervisor there; workers need what is compiled for this machine. */
const OTHER_MACHINE = preloading(
  `if (process.argv.includes('supervisor')) Object.defineProperty(process, 'arch', { value: 'mips' })`,
)

function clockAhead(minutes: number): Readonly<Record<string, string>> {
  return preloading(`
    const now = Date.now
    globalThis.Date = class extends Date {
      constructor(...given) { given.length === 0 ? super(now() + ${minutes * MINUTES}) : super(...given) }
      static now() { return now() + ${minutes * MINUTES} }
    }`)
}

function begin(t: ExecutionContext, same = SAME, env = {}): Promise<SmallCluster> {
  return SmallCluster.begin(t, { 'words.yaml': WORDS, 'same.mjs': same }, { env })
}

/** What is read now is written, once. */
async function works(t: ExecutionContext, cluster: SmallCluster): Promise<void> {
  const before = cluster.written.sort()
  const more = Array.from({ length: 16 }, (_, at) => `line ${before.length + at}`)
  cluster.append(more)
  await until(() => cluster.written.length >= before.length + more.length)
  t.deepEqual(cluster.written.sort(), [...before, ...more].sort())
}

/** All of it runs on one host, though the other one has room, and somebody can read why. */
async function runsOn(t: ExecutionContext, cluster: SmallCluster, good: CliRun, bad: CliRun, code: string) {
  await works(t, cluster)
  t.deepEqual([childrenOf(good.pid).length, childrenOf(bad.pid).length], [2, 0])
  const codes = await cluster.errors()
  t.true(codes.includes(code), codes.join(' '))
}

/** It was taken over. Whoever asks between two attempts is told why the first one has failed, if it may. */
function taken(t: ExecutionContext, ended: Ended, mayFailWith?: string): void {
  if (mayFailWith === undefined || ended.code === 0) t.is(ended.code, 0, ended.stderr)
  else t.deepEqual(codesOf(ended), [mayFailWith])
}

const disk = join(sharedFolder(), 'disk')
mkdirSync(disk)
const isMounted = mounts('-t', 'tmpfs', '-o', `size=${512 * KIB}`, 'tmpfs')
test.after.always(() => {
  if (isMounted) execFileSync('umount', ['--lazy', disk])
})

/** Only a privileged user of Linux may. */
function mounts(...options: readonly string[]): boolean {
  try {
    execFileSync('mount', [...options, disk], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const fullDisk = 'a host whose disk is full gets no worker, and gets some again when there is room'
if (!isMounted) test(`no disk can be mounted here, left out: ${fullDisk}`, (t) => t.pass())
else
  test.serial(fullDisk, async (t) => {
    const cluster = await begin(t)
    writeFileSync(join(cluster.project, 'large.bin'), Buffer.alloc(1024 * KIB, 'x'))
    const bad = await cluster.supervisor('a', { slots: 2, dir: disk })
    const good = await cluster.supervisor('b', { slots: 2 })
    taken(t, await cluster.submit(), 'FILE_UNUSABLE')
    await runsOn(t, cluster, good, bad, 'FILE_UNUSABLE')
    t.true(mounts('-o', `remount,size=${16 * 1024 * KIB}`))
    good.signal('SIGKILL')
    await good.ended
    await until(() => childrenOf(bad.pid).length === 2)
    await works(t, cluster)
  })

test.serial('code that was compiled for other machines does not run on them, and not by half', async (t) => {
  const cluster = await begin(t)
  writeFileSync(join(cluster.project, 'fast.node'), 'compiled')
  const bad = await cluster.supervisor('a', { slots: 2, env: OTHER_MACHINE })
  const good = await cluster.supervisor('b', { slots: 2 })
  taken(t, await cluster.submit(), 'BUNDLE_PLATFORM')
  await runsOn(t, cluster, good, bad, 'BUNDLE_PLATFORM')
})

test.serial('code that does not load on one host alone runs on the others', async (t) => {
  const cluster = await begin(t, `if (process.env.BAD) throw new Error('not here')\n${SAME}`)
  const bad = await cluster.supervisor('a', { slots: 2, env: { BAD: '1' } })
  const good = await cluster.supervisor('b', { slots: 2 })
  taken(t, await cluster.submit(), 'MODULE_FAILED')
  await runsOn(t, cluster, good, bad, 'MODULE_FAILED')
})

for (const minutes of [-10, 10])
  test.serial(`clocks that are ${minutes} minutes ahead on the nimbus hinder nobody`, async (t) => {
    const cluster = await begin(t, SAME, clockAhead(minutes))
    const hosts = await Promise.all([cluster.supervisor('a', { env: clockAhead(-minutes) }), cluster.supervisor('b')])
    taken(t, await cluster.submit())
    await works(t, cluster)
    t.deepEqual(
      hosts.map(({ pid }) => childrenOf(pid).length),
      [1, 1],
    )
  })

test.serial('where all slots are taken a topology waits, says so, and begins when there is one', async (t) => {
  const cluster = await begin(t)
  const host = await cluster.supervisor('a', { slots: 2 })
  taken(t, await cluster.submit())
  await works(t, cluster)
  const output = join(folderOf(t), 'other.txt')
  t.deepEqual(codesOf(await cluster.submit('--name', 'other', '--set', `output=${output}`)), ['NO_SLOTS'])
  t.is(childrenOf(host.pid).length, 2)
  taken(t, await cluster.ask('kill', 'words'))
  await until(() => cluster.linesIn(output).length === cluster.written.length)
  t.deepEqual(cluster.linesIn(output).sort(), cluster.written.sort())
})

test.serial('a bundle of 2 GB is refused before it is read, with what is so large', async (t) => {
  const cluster = await begin(t)
  const large = join(cluster.project, 'model.bin')
  writeFileSync(large, '')
  truncateSync(large, TWO_GB)
  const ended = await cluster.submit()
  t.deepEqual(codesOf(ended), ['BUNDLE_TOO_LARGE'])
  t.true(ended.stderr.includes('model.bin'))
})
