/**
 * Whole runs whose components are children: nothing is lost where they die, everything is said under their names, and
 * none is left.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { BOUND_MS } from '../bound.ts'
import { folderOf } from '../folder.ts'
import { codesOf, reportOf, typhoon } from '../processes/cli.ts'
import { RollCall } from '../processes/roll-call.ts'
import { loggedNumbers, topologyOfChildren } from './topology-of-children.ts'

const COUNT = 20

/** Emits the numbers below \`count\`, again those that fail, and says when it has no more. */
const NUMBERS = `
  const failed = []
  let next = 0
  let conf
  hear((message) => {
    if (message.conf) { conf = message.conf; return echo(message) }
    const { command, id } = message
    if (command === 'fail') failed.push(id)
    if (command === 'next') {
      const n = failed.length > 0 ? failed.shift() : next < conf.count ? next++ : undefined
      say(n === undefined ? { command: 'exhausted' } : { command: 'emit', tuple: [n], id: n, need_task_ids: false })
    }
    say({ command: 'sync' })
  })`

/** A topology of such a spout and this bolt; its file. */
function topology(t: ExecutionContext, { spout = NUMBERS, bolt = 'hear(echo)', count = COUNT, config = {} }): string {
  const patient = { 'topology.replay.delay.ms': 1, 'topology.replay.max.attempts': 100, ...config }
  return topologyOfChildren(t, { spout, bolt, config: patient, spoutConfig: [['count', count]] })
}

const all = Array.from({ length: COUNT }, (_, n) => n)

test.serial('a topology of children runs to the end of its input', async (t) => {
  const ended = await typhoon(['run', '--json', topology(t, {})])
  t.is(ended.code, 0, ended.stderr)
  t.deepEqual(loggedNumbers(ended.stderr), all)
  const { status, roots } = reportOf(ended)
  t.is(status, 'completed')
  t.deepEqual([roots.emitted, roots.acked], [COUNT, COUNT])
})

test.serial('what a child prints is in the log under its component and task', async (t) => {
  const bolt = `hear((message) => {
    if (message.pidDir) { console.log('printed'); console.error('complained') }
    echo(message)
  })`
  const { stderr } = await typhoon(['run', topology(t, { bolt })])
  t.regex(stderr, /info echo\[\d+\]: printed/)
  t.regex(stderr, /info echo\[\d+\]: complained/)
})

test.serial('a bolt whose child dies loses no tuple: what it had fails at once and is emitted again', async (t) => {
  const bolt = `let executed = 0
  hear((message) => {
    if (message.stream === 'default' && ++executed > 7) { console.error('I am tired'); process.exit(9) }
    echo(message)
  })`
  const ended = await typhoon(['run', '--json', topology(t, { bolt })])
  t.is(ended.code, 0, ended.stderr)
  t.deepEqual([...new Set(loggedNumbers(ended.stderr))], all)
  const { roots } = reportOf(ended)
  t.true(roots.failed.explicit > 0)
  t.is(roots.failed.timeout, 0)
  t.is(roots.acked, COUNT)
  t.true(codesOf(ended).includes('CHILD_EXITED'))
  t.regex(ended.stderr, /\b9\b.*I am tired/)
  t.notRegex(ended.stderr, /was lost/, 'the worker goes on')
})

test.serial('a spout whose child dies goes on with the next one', async (t) => {
  const spout = `let asked = 0
  process.stdin.on('data', (bytes) => {
    asked += bytes.toString().split('"next"').length - 1
    if (asked > 2 && !fs.existsSync('died')) { fs.writeFileSync('died', ''); process.exit(3) }
  })
  ${NUMBERS}`
  const ended = await typhoon(['run', '--json', topology(t, { spout })])
  t.is(ended.code, 0, ended.stderr)
  t.deepEqual([...new Set(loggedNumbers(ended.stderr))], all)
  t.true(codesOf(ended).includes('CHILD_EXITED'))
})

test.serial('a first child that cannot be started ends the run with an error that names the component', async (t) => {
  const ended = await typhoon(['run', topology(t, { bolt: 'console.error("no such module"); process.exit(3)' })])
  t.is(ended.code, 1)
  t.true(codesOf(ended).includes('CHILD_NOT_STARTED'))
  t.regex(ended.stderr, /\b3\b.*no such module/)
  t.regex(ended.stderr, /component echo/)
})

/** Says who it and its worker are; lives and spins though its input ends and it is told to go. */
const STUBBORN = `process.on('SIGTERM', () => {})
  process.stdin.on('end', () => { for (;;); })
  hear((message) => {
    if (message.pidDir) say({ command: 'log', msg: 'child ' + process.pid + ' of ' + process.ppid })
    echo(message)
  })`

/** Runs a topology with no end and such a bolt; the pids of the child and its worker. */
async function stubborn(t: ExecutionContext) {
  const file = topology(t, { bolt: STUBBORN, count: 1e9, config: { 'topology.max.spout.pending': 1 } })
  const run = (await RollCall.open(t)).run(['run', file])
  const line = await run.line(/child \d+ of \d+/)
  const [child, worker] = line
    .match(/\d+ of \d+/)![0]
    .split(' of ')
    .map(Number) as [number, number]
  await run.line(/log\[\d+\]: echo/)
  t.true(isRunning(child))
  return { run, child, worker }
}

test.serial('a child that ignores everything is gone when its worker has stopped', async (t) => {
  const { run, child } = await stubborn(t)
  run.signal('SIGINT')
  const { code, stderr } = await run.ended
  t.is(code, 0, stderr)
  t.false(isRunning(child))
})

test.serial('a child that ignores everything is gone when its worker was killed', async (t) => {
  const { run, child, worker } = await stubborn(t)
  process.kill(worker, 'SIGKILL')
  await run.line(new RegExp(`child (?!${child} )\\d+ of`))
  t.true(isGoneSoon(child))
})

test.serial('a child that ignores everything is gone when the whole run was killed', async (t) => {
  const { run, child, worker } = await stubborn(t)
  run.signal('SIGKILL')
  t.true(isGoneSoon(worker))
  t.true(isGoneSoon(child))
})

test.serial(
  'a child that ignores everything is gone when its worker and the whole run were killed in the same instant',
  async (t) => {
    const { run, child, worker } = await stubborn(t)
    // Neither sees the other one go.
    for (const pid of [worker, run.pid]) process.kill(pid, 'SIGSTOP')
    for (const pid of [worker, run.pid]) process.kill(pid, 'SIGKILL')
    t.true(isGoneSoon(child))
    await run.ended
  },
)

test.serial('a child that does not come up leaves no folder for pid files behind', async (t) => {
  const temporary = folderOf(t)
  const file = topology(t, { bolt: 'process.exit(3)' })
  const env = { ...process.env, TMPDIR: temporary }
  const command = ['dist/bin/typhoon.js', 'run', '--quiet', file]
  const { status, stderr } = spawnSync(process.execPath, command, { env, encoding: 'utf8', timeout: BOUND_MS })
  t.is(status, 1, stderr)
  t.regex(stderr, /CHILD_NOT_STARTED[\s\S]*\b3\b/)
  t.deepEqual(
    readdirSync(temporary).filter((name) => name.startsWith('typhoon-pid')),
    [],
  )
})

/** A process that has ended and that nobody asked for its exit code is none. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}

/** Nobody tells when a process that is no child of ours has ended: it is asked for. */
function isGoneSoon(pid: number): boolean {
  for (const end = performance.now() + BOUND_MS; performance.now() < end; ) if (!isRunning(pid)) return true
  return false
}
