/**
 * `npm run test:storm`: exports the word count of the State of the Union addresses, submits it to real daemons of
 * Apache Storm, kills one of Storm's workers meanwhile, and compares every count with those of `typhoon run`. Prints
 * what it has measured; exits with 1 where a count differs.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT } from '../house/sources.ts'
import { made, remove } from '../made-folder.ts'
import { addressesOf } from '../processes/corpus.ts'
import { childrenOf, isAlive, memoryMbOf, StormCluster, until } from './cluster.ts'
import { stormJars } from './programs.ts'

const COMMAND = fileURLToPath(new URL('../../bin/typhoon.js', import.meta.url))
const TOPOLOGY = join(ROOT, 'spec/storm/word-count.ts')
/** How long the topology may take. */
const RUN_MS = 900_000
const CHILDREN_MS = 30_000
/** What is looked at is some ten megabytes. */
const LOOK_MS = 3000

process.env['VOLUME'] = 'all'
const folder = made()
let cluster: StormCluster | undefined
try {
  const jars = stormJars()
  const expected = countsOfRun()
  const exported = exportIt()
  mkdirSync(join(folder, 'storm'))
  cluster = await measured('the daemons are up', () => StormCluster.start(join(folder, 'storm'), jars))
  process.exitCode = await prove(cluster, expected, exported)
} finally {
  await cluster?.stop()
  await remove(folder)
}

/** The counts of the main job, by word. */
function countsOfRun(): ReadonlyMap<string, number> {
  const output = join(folder, 'counts.tsv')
  typhoon('run', 'topologies/word-count.yaml', '--quiet', '--set', `output=${output}`)
  const rows = readFileSync(output, 'utf8').trimEnd().split('\n')
  return new Map(rows.map((row) => row.split('\t')).map(([word, count]) => [word!, Number(count)]))
}

function exportIt(): string {
  const [out, rows] = [join(folder, 'export'), join(folder, 'rows')]
  mkdirSync(rows)
  const { input } = addressesOf('')
  typhoon('export', 'storm', TOPOLOGY, '--set', `input=${join(ROOT, input)}`, '--set', `rows=${rows}`, '--out', out)
  const zip = spawnSync('python3', ['-m', 'zipfile', '-c', 'word-count.jar', 'resources'], { cwd: out })
  if (zip.status !== 0) throw new Error(String(zip.stderr))
  return out
}

async function prove(storm: StormCluster, expected: ReadonlyMap<string, number>, exported: string): Promise<number> {
  const wanted = rowsExpected()
  const flux = ['org.apache.storm.flux.Flux', '--remote', 'flux.yaml']
  await measured('it is submitted', async () => storm.submit(exported, join(exported, 'word-count.jar'), flux))
  await untilRows('the first rows are there', 1)
  await untilRows('a quarter of them is there', wanted / 4)
  for (const [name, pid] of storm.daemons) console.log(`${name}: ${memoryMbOf(pid)} MB`)
  await killWorker(storm)
  await untilRows('all rows are there', wanted)
  return compare(expected)
}

/** As a machine that goes down would. */
async function killWorker({ workers }: StormCluster): Promise<void> {
  const [worker] = workers
  if (worker === undefined) throw new Error('no worker of Storm lives')
  const children = childrenOf(worker)
  console.log(`worker ${worker} of ${workers.length}: ${memoryMbOf(worker)} MB`)
  for (const child of children) console.log(`its child ${child}: ${memoryMbOf(child)} MB`)
  process.kill(worker, 'SIGKILL')
  const what = `its ${children.length} children are gone`
  await measured(`the worker is killed, and ${what}`, () =>
    until(what, CHILDREN_MS, () => ![worker, ...children].some(isAlive)),
  )
}

/** How many words there are, each counted once for each line that it stands in. */
function rowsExpected(): number {
  const data = join(ROOT, addressesOf('').input, '..')
  const lines = readdirSync(data)
    .filter((name) => name.endsWith('.txt'))
    .flatMap((name) => readFileSync(join(data, name), 'utf8').split('\n').filter(Boolean))
  if (new Set(lines).size < lines.length) throw new Error('a line is there twice, and its rows would count once')
  return lines.reduce((sum, line) => sum + new Set(line.split(/\s+/).filter(Boolean)).size, 0)
}

/** What the bolts have written. */
interface WrittenRows {
  /** The count of each row by its line and word. */
  readonly counts: ReadonlyMap<string, number>
  /** How many rows were written, those of replays as often as they came. */
  readonly written: number
}

function readRows(): WrittenRows {
  const rows = join(folder, 'rows')
  const counts = new Map<string, number>()
  let written = 0
  for (const name of readdirSync(rows))
    for (const row of readFileSync(join(rows, name), 'utf8').split('\n').slice(0, -1)) {
      const end = row.lastIndexOf('\t')
      counts.set(row.slice(0, end), Number(row.slice(end + 1)))
      written++
    }
  return { counts, written }
}

function untilRows(what: string, count: number): Promise<void> {
  return measured(what, () => until(what, RUN_MS, () => readRows().counts.size >= count, LOOK_MS))
}

/** Prints how long it took. */
async function measured<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now()
  const made = await work()
  console.log(`${what}: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  return made
}

function typhoon(...args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`typhoon ${args.join(' ')} failed:\n${stderr}`)
}

function compare(expected: ReadonlyMap<string, number>): number {
  const counts = new Map<string, number>()
  const rows = readRows()
  for (const [row, count] of rows.counts) {
    const word = row.slice(row.indexOf('\t') + 1)
    counts.set(word, (counts.get(word) ?? 0) + count)
  }
  const words = new Set([...counts.keys(), ...expected.keys()])
  const wrong = [...words].filter((word) => counts.get(word) !== expected.get(word))
  const sum = [...counts.values()].reduce((all, count) => all + count, 0)
  const again = rows.written - rows.counts.size
  console.log(`${rows.counts.size} rows, and ${again} written again by replays`)
  console.log(`${expected.size} words, ${sum} in all; ${wrong.length} counts differ from those of typhoon run`)
  for (const word of wrong.slice(0, 10)) console.log(`${word}: ${counts.get(word)}, not ${expected.get(word)}`)
  return wrong.length === 0 ? 0 : 1
}
