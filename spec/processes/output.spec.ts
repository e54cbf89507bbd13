/** What components print: it is written, or the run fails; and nobody gathers in memory what nobody reads. */
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { Run } from '../../lib/run/index.ts'
import { folderOf } from '../folder.ts'
import { codesOf, reportOf, topologyFile, typhoon, typhoonProcess, variables } from './cli.ts'
import { RollCall } from './roll-call.ts'
import { start } from './runs.ts'
import { SmallCluster } from './small-cluster.ts'

const PRINTING = topologyFile('printing')

/** A reader that does not read before it is told to, and the numbers that were printed. */
function pausedReader() {
  const printed = new Set<string>()
  let read = (): void => {}
  const reader = new Promise<void>((resolve) => {
    read = resolve
  })
  let reading = false
  return {
    printed,
    onOutput(line: string) {
      printed.add(line.split(' ')[0]!)
      return reading ? undefined : reader
    },
    read() {
      reading = true
      read()
    },
  }
}

/** That the numbers from 0 are all there; a line that a killed worker has begun may be there as well. */
function missing(printed: ReadonlySet<string>, count: number): number {
  return Array.from({ length: count }, (_, n) => String(n)).filter((n) => !printed.has(n)).length
}

/** Nobody reads: in the end the bolt has stopped. How many it has executed by then. */
async function printsNoMore(running: Run): Promise<number> {
  const executed = (): number => running.metrics()!.components['print']!.executed
  for (let before = -1; before === -1 || executed() === 0 || executed() !== before; ) {
    before = executed()
    const report = running.metrics()!.workers[2]
    while (running.metrics()!.workers[2] === report) await new Promise((resolve) => setImmediate(resolve))
  }
  return executed()
}

if (existsSync('/dev/full')) {
  test.serial('of a run that has printed nothing no results are missing, however full the disk is', async (t) => {
    const stdout = openSync('/dev/full', 'w')
    t.teardown(() => closeSync(stdout))
    const ended = await typhoonProcess(['run', PRINTING, ...variables({ count: '0' })], { stdout })
    t.is(ended.code, 0, ended.stderr)
    t.deepEqual(codesOf(ended), [])
  })

  for (const command of ['run', 'validate', 'plan']) {
    test.serial(`a full disk under stdout is an error, and the exit code says so (${command})`, async (t) => {
      const stdout = openSync('/dev/full', 'w')
      t.teardown(() => closeSync(stdout))
      const ended = await typhoonProcess([command, PRINTING, ...variables({ count: '50000' })], { stdout })
      t.is(ended.code, 1, ended.stderr)
      t.deepEqual(codesOf(ended), ['OUTPUT_FAILED'])
    })
  }
}

test.serial('a worker prints only as fast as somebody reads; what is printed is all there in the end', async (t) => {
  const COUNT = 40_000
  const { printed, onOutput, read } = pausedReader()
  const running = await start('printing', { variables: { count: String(COUNT) }, events: { onOutput } })
  t.teardown(() => running.stopNow())
  const executed = await printsNoMore(running)
  t.true(executed < COUNT / 4, `${executed} were printed though nobody reads`)
  read()
  const { status, roots } = await running.done
  t.is(status, 'completed')
  t.is(roots.acked, COUNT)
  t.is(printed.size, COUNT)
})

test.serial('a worker that is killed while its output is held has acked nothing that was not printed', async (t) => {
  const COUNT = 20_000
  const { printed, onOutput, read } = pausedReader()
  const running = await start('printing', {
    variables: { count: String(COUNT) },
    events: {
      onOutput,
      onWorkerStarted(_worker, incarnation) {
        if (incarnation === 2) read()
      },
    },
  })
  t.teardown(() => running.stopNow())
  await printsNoMore(running)
  running.killWorker(2)
  const { status, roots } = await running.done
  t.is(status, 'completed')
  t.is(roots.acked, COUNT)
  t.true(roots.failed.workerLost > 0)
  t.is(missing(printed, COUNT), 0)
})

test.serial('a worker that dies while nobody reads what it has printed is started again at once', async (t) => {
  const COUNT = 100
  const leaves = join(folderOf(t), 'pid')
  const { printed, onOutput, read } = pausedReader()
  const running = await start('printing', {
    variables: { count: String(COUNT), leaves },
    events: {
      onOutput,
      onWorkerStarted(_worker, incarnation) {
        if (incarnation === 2) read()
      },
    },
  })
  t.teardown(() => {
    running.stopNow()
    process.kill(Number(readFileSync(leaves, 'utf8')), 'SIGKILL')
  })
  const { status, roots } = await running.done
  t.is(status, 'completed')
  t.is(roots.acked, COUNT)
  t.is(missing(printed, COUNT), 0)
})

test.serial('a second signal ends a run whose results nobody reads', async (t) => {
  const roll = await RollCall.open(t)
  const run = roll.run(['run', PRINTING, ...variables({ count: '10000000' })], { unread: true })
  await run.line(/ running$/)
  run.signal('SIGINT')
  await run.line(/^SIGINT/)
  run.signal('SIGTERM')
  t.is((await run.ended).code, 143)
})

test.serial(
  'a process that a bolt has left behind with its stdout neither keeps its worker from being started again nor the run from ending',
  async (t) => {
    const leaves = join(folderOf(t), 'pid')
    t.teardown(() => process.kill(Number(readFileSync(leaves, 'utf8')), 'SIGKILL'))
    const ended = await typhoon(['run', PRINTING, '--json', ...variables({ count: '100', leaves })])
    t.is(ended.code, 0, ended.stderr)
    t.regex(ended.stderr, /worker 2 was lost \(exit code 7/)
    t.is(reportOf(ended).roots.acked, 100)
    // All that the worker had printed before it died is there.
    t.is(ended.stdout.split('\n')[0]!.split(' ')[0], '0')
  },
)

test('a definition imports the Typhoon that runs it, through a link and with results that go into a pipe', async (t) => {
  const project = SmallCluster.project(t, { 'where.mjs': "console.error(import.meta.resolve('typhoon'))" })
  const { stderr } = await typhoonProcess(['validate', 'where.mjs'], { cwd: project })
  const [imported] = stderr.split('\n')
  t.is(imported, new URL('../../lib/index.js', import.meta.url).href)
})
