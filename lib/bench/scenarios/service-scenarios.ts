/**
 * A service of topologies, as its user has it: what it takes while nothing happens, how long a submission and a
 * rebalance take, and whether many topologies make its event loop wait.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServiceClient } from '../../client/service-client.ts'
import { makeFolder } from '../../identity/make-folder.ts'
import { pause } from '../measure.ts'
import type { Row, Scenario } from '../row.ts'
import { COMMAND } from '../topologies/shell-commands.ts'

/** Part of the usual run. */
export const SERVICE_SCENARIOS: readonly Scenario[] = [
  { name: 'service-idle', run: () => withService(idle) },
  { name: 'service-submit', run: () => withService(submits) },
  { name: 'service-rebalance', run: () => withService(rebalances) },
]

/** Not part of the usual run: it starts fifty workers. */
export const LONG_SERVICE_SCENARIOS: readonly Scenario[] = [{ name: 'service-many', run: () => withService(many) }]

const MB = 1024 * 1024
const POLL_MS = 20
const IDLE_MS = 10_000
const TICKS_PER_SECOND = 100
const TIMES = 5
const TOPOLOGIES = 50
const KEYS = 100_000

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{}',
  'keys.txt': Array.from({ length: KEYS }, (_, key) => `key ${key}\n`).join(''),
  'nothing.txt': '',
  'words.yaml': `
name: words
spouts: [{ id: lines, className: RandomSentenceSpout }]
bolts: [{ id: split, className: SplitBolt }, { id: count, className: CountBolt }]
streams:
  - { from: lines, to: split, grouping: { type: SHUFFLE } }
  - { from: split, to: count, grouping: { type: FIELDS, args: [word] } }
`,
  'keys.yaml': `
name: keys
config: { topology.guarantee: exactly-once, topology.workers: 2 }
spouts: [{ id: lines, className: FileSpout, constructorArgs: [keys.txt, { follow: true }] }]
bolts: [{ id: count, className: CountBolt, parallelism: 4 }]
streams: [{ from: lines, to: count, grouping: { type: FIELDS, args: [line] } }]
`,
  'slow.yaml': `
name: slow
spouts: [{ id: lines, className: FileSpout, constructorArgs: [nothing.txt, { follow: true }], parallelism: 4 }]
bolts: [{ id: nothing, className: NullBolt, parallelism: 16 }]
streams: [{ from: lines, to: nothing, grouping: { type: SHUFFLE } }]
`,
}

/** A service that has just begun. */
interface Service {
  readonly client: ServiceClient
  readonly pid: number
  /** Runs a command with it, in the folder of the topologies. */
  command(...args: readonly string[]): Promise<void>
}

async function withService(measure: (service: Service) => Promise<Row[]>): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'typhoon-bench-'))
  const project = join(folder, 'project')
  makeFolder(project)
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(project, name), content)
  const env = { ...process.env, XDG_CONFIG_HOME: join(folder, 'config') }
  const directory = join(folder, 'service')
  const args = [COMMAND, 'up', '--dir', directory, '--port', '0']
  const up = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env })
  try {
    const settings = join(folder, 'config', 'typhoon', 'service.json')
    const client = await ServiceClient.of(await until(() => JSON.parse(readFileSync(settings, 'utf8'))))
    const command = (...asked: readonly string[]): Promise<void> =>
      ended(spawn(process.execPath, [COMMAND, ...asked], { stdio: 'ignore', cwd: project, env }), asked)
    return await measure({ client, pid: up.pid!, command })
  } finally {
    up.kill('SIGTERM')
    await new Promise((resolve) => up.once('close', resolve))
    rmSync(folder, { recursive: true, force: true })
  }
}

async function idle({ pid }: Service): Promise<Row[]> {
  await pause(IDLE_MS / 2)
  const before = cpuSecondsOf(pid)
  await pause(IDLE_MS)
  const percent = (100 * (cpuSecondsOf(pid) - before)) / (IDLE_MS / 1000)
  const megabytes = residentOf(pid) / MB
  return [
    { name: 'service without topologies, memory', value: megabytes, unit: 'MB', ...goal(megabytes, 90) },
    { name: 'service without topologies, processor', value: percent, unit: '%', ...goal(percent, 1) },
  ]
}

/** From the command to the first tuple; its code is known to the service. */
async function submits({ client, command }: Service): Promise<Row[]> {
  const taken: number[] = []
  for (let time = 0; time <= TIMES; time++) {
    const began = performance.now()
    await Promise.all([command('submit', 'words.yaml', '--no-wait'), until(() => emitted(client, 'words'))])
    taken.push((performance.now() - began) / 1000)
    await client.kill('words', 0)
  }
  const [first = 0, ...others] = taken
  const second = median(others)
  return [
    { name: 'submission to first tuple, the first time', value: first, unit: 's' },
    { name: 'submission to first tuple, its code known', value: second, unit: 's', ...goal(second, 2, 0.8) },
  ]
}

async function rebalances({ client, command }: Service): Promise<Row[]> {
  await command('submit', 'keys.yaml')
  const taken: number[] = []
  for (let time = 0; time < TIMES; time++) {
    if (time === 0) await until(async () => (await emitted(client, 'keys')) >= KEYS)
    taken.push((await client.rebalance('keys', { workers: time % 2 === 0 ? 4 : 2 }, 0)) / 1000)
  }
  const up = median(taken.filter((_, time) => time % 2 === 0))
  const name = `rebalance from 2 to 4 workers, ${KEYS} keys: pause`
  return [{ name, value: up, unit: 's', ...goal(up, 3, 1) }]
}

/** Fifty topologies of twenty tasks: heartbeats, and a list now and then. */
async function many({ client, command, pid }: Service): Promise<Row[]> {
  for (let n = 1; n <= TOPOLOGIES; n++) await command('submit', 'slow.yaml', '--name', `slow-${n}`)
  await pause(IDLE_MS)
  await client.cluster()
  const before = cpuSecondsOf(pid)
  const lists: number[] = []
  let stall = 0
  for (const end = performance.now() + 3 * IDLE_MS; performance.now() < end; await pause(1000)) {
    const began = performance.now()
    await client.list()
    lists.push(performance.now() - began)
    stall = Math.max(stall, (await client.cluster()).longestStallMs)
  }
  const cores = (cpuSecondsOf(pid) - before) / ((3 * IDLE_MS) / 1000)
  const peakBytes = residentOf(pid)
  return [
    { name: '50 topologies, longest stall', value: stall, unit: 'ms', cores, peakBytes, ...goal(stall, 50) },
    { name: '50 topologies, list', value: median(lists), unit: 'ms' },
  ]
}

function goal(value: number, most: number, aim?: number): Pick<Row, 'goal' | 'reached'> {
  return { goal: aim === undefined ? `${most}` : `${most}, aim ${aim}`, reached: value <= most }
}

async function emitted(client: ServiceClient, name: string): Promise<number> {
  const { metrics } = await client.status(name)
  return Object.values(metrics?.components ?? {}).reduce((sum, component) => sum + component.emitted, 0)
}

/** What comes of it, once it neither fails nor is nothing. */
async function until<T>(look: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      const found = await look()
      if (found) return found
    } catch {
      // Not yet.
    }
    await pause(POLL_MS)
  }
}

async function ended(child: ChildProcess, args: readonly string[]): Promise<void> {
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`typhoon ${args.join(' ')} ended with ${code}`)
}

function cpuSecondsOf(pid: number): number {
  const [, user, system] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!
  return (Number(user) + Number(system)) / TICKS_PER_SECOND
}

function residentOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
