// Runs the specifications and ends with one plain line: `N passed, N failed`, with `, N skipped` where some were.
// `--fast` leaves out those that start processes. Files are given to AVA as arguments, as they are:
// `npm test -- dist/spec/acker/*.spec.js`.
//
// AVA is given one file for each thread. Lanes run at the same time, and each takes the next files when it is through
// with those that it had (see threads.mjs).
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LANES, longestFirst, PROCESS_THREADS, PROCESSES } from './threads.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SPECS = 'dist/spec'
const ROOMS = 'dist/rooms'
const ava = join(ROOT, 'node_modules/ava/entrypoints/cli.mjs')
const given = process.argv.slice(2)
const fast = given.includes('--fast')
const args = given.filter((argument) => argument !== '--fast')

/** The specifications below a folder of `dist/spec`, or in it; their paths begin with it. */
function specsIn(folder) {
  return readdirSync(join(ROOT, SPECS, folder), { recursive: true })
    .filter((path) => path.endsWith('.spec.js'))
    .map((path) => `${folder}/${path}`)
    .sort()
}

/** A file that imports specifications, so that they share a thread. */
function together(name, specs) {
  const file = `${ROOMS}/${name}.spec.js`
  writeFileSync(join(ROOT, file), specs.map((path) => `import '../spec/${path}'\n`).join(''))
  return file
}

/** What is to be run, in its order: the arguments of AVA, one list after the other. */
function everything() {
  rmSync(join(ROOT, ROOMS), { recursive: true, force: true })
  mkdirSync(join(ROOT, ROOMS))
  const rooms = readdirSync(join(ROOT, SPECS), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !PROCESSES.includes(entry.name))
    .map(({ name }) => [name, specsIn(name)])
    .filter(([, specs]) => specs.length > 0)
    .map(([name, specs]) => together(name, specs))
  const inProcess = longestFirst([...rooms, `${SPECS}/house.spec.js`]).map((file) => ['--serial', file])
  const processes = PROCESSES.flatMap(specsIn).map((path) => `${SPECS}/${path}`)
  return [...(fast ? [] : [['--concurrency', String(PROCESS_THREADS), ...processes]]), ...inProcess]
}

/** Python itself before what stands for it: the shim of a version manager starts more slowly than Python does. */
function pathWithPython() {
  const { stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' })
  const python = stdout?.trim()
  return [...(python ? [dirname(python)] : []), process.env.PATH].join(delimiter)
}

const counts = { passed: 0, failed: 0, skipped: 0 }
const env = { ...process.env, PATH: pathWithPython() }

/** Runs AVA; what has failed is printed whole, whatever other lanes print. @returns whether all went well */
async function run(given) {
  const begun = performance.now()
  const child = spawn(process.execPath, [ava, '--tap', ...given], { stdio: ['ignore', 'pipe', 'inherit'], env })
  const exit = new Promise((resolve) => child.once('exit', resolve))
  const told = []
  const tell = () => {
    for (const line of told.splice(0)) console.log(line)
  }
  let failed = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (/^ok .* # (SKIP|TODO)/i.test(line)) counts.skipped++
    else if (line.startsWith('ok ')) counts.passed++
    else if (line.startsWith('not ok ')) failed++
    if (!line.startsWith('ok ') || /# SKIP/i.test(line)) told.push(line)
    else tell()
  }
  tell()
  const code = await exit
  console.log(`# ${Math.round((performance.now() - begun) / 1000)} s: ${given.length > 3 ? 'processes' : given.at(-1)}`)
  // A file that crashes, times out or has no test makes AVA fail without a failed test of its own.
  if (code !== 0 && failed === 0) console.log(`not ok, though no test of it failed: AVA ended with ${code}`)
  counts.failed += code !== 0 && failed === 0 ? 1 : failed
  return code === 0
}

const waiting = args.length > 0 ? [args] : everything()
const went = []

/** Takes what waits, one after the other. */
async function lane() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) went.push(await run(next))
}

await Promise.all(Array.from({ length: LANES }, lane))
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
)
process.exitCode = went.every((well) => well) && counts.passed > 0 ? 0 : 1
