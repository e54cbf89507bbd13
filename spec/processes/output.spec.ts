/** What components print: it is written, or the run fails; and nobody gathers in memory what nobody reads. */
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { EXECUTED } from '../../lib/stats/counters.ts'
import { CliRun, codesOf, reportOf, topologyFile, typhoon, variables } from './cli.ts'
import { start } from './runs.ts'

const PRINTING = topologyFile('printing')

if (existsSync('/dev/full')) {
  for (const command of ['run', 'validate', 'plan']) {
    test.serial(`a full disk under stdout is an error, and the exit code says so (${command})`, async (t) => {
      const stdout = openSync('/dev/full', 'w')
      t.teardown(() => closeSync(stdout))
      const ended = await typhoon([command, PRINTING, ...variables({ count: '50000' })], { stdout })
      t.is(ended.code, 1, ended.stderr)
      t.deepEqual(codesOf(ended), ['OUTPUT_FAILED'])
    })
  }
}

test.serial('a worker prints only as fast as somebody reads; what is printed is all there in the end', async (t) => {
  const COUNT = 100_000
  const lines = new Set<string>()
  let read = (): void => {}
  const reader = new Promise<void>((resolve) => {
    read = resolve
  })
  let reading = false
  const nimbus = await start('printing', {
    variables: { count: String(COUNT) },
    events: {
      onOutput(line) {
        lines.add(line.split(' ')[0]!)
        return reading ? undefined : reader
      },
    },
  })
  t.teardown(() => nimbus.stopNow())
  // Nobody reads: in the end the bolt has stopped.
  const executed = (): number => nimbus.tally.totals().get('print')!.counters[EXECUTED]!
  for (let before = -1; before === -1 || executed() === 0 || executed() !== before; ) {
    before = executed()
    const { latest } = nimbus.tally
    const snapshot = latest.get(2)
    while (nimbus.tally.latest.get(2) === snapshot) await new Promise((resolve) => setImmediate(resolve))
  }
  t.true(executed() < COUNT / 5, `${executed()} were printed though nobody reads`)
  reading = true
  read()
  const { status, roots } = await nimbus.done
  t.is(status, 'completed')
  t.is(roots.acked, COUNT)
  t.is(lines.size, COUNT)
})

test.serial('a second signal ends a run whose results nobody reads', async (t) => {
  const run = new CliRun(['run', PRINTING, ...variables({ count: '10000000' })], { unread: true })
  t.teardown(() => run.signal('SIGKILL'))
  await run.line(/ running$/)
  run.signal('SIGINT')
  await run.line(/^SIGINT/)
  run.signal('SIGTERM')
  t.is((await run.ended).code, 143)
})

test.serial(
  'a process that a bolt has left behind with its stdout neither keeps its worker from being started again nor the run from ending',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'typhoon-left-'))
    const leaves = join(folder, 'pid')
    t.teardown(() => {
      process.kill(Number(readFileSync(leaves, 'utf8')), 'SIGKILL')
      rmSync(folder, { recursive: true })
    })
    const ended = await typhoon(['run', PRINTING, '--json', ...variables({ count: '100', leaves })])
    t.is(ended.code, 0, ended.stderr)
    t.regex(ended.stderr, /worker 2 was lost \(exit code 7\)/)
    t.is(reportOf(ended).roots.acked, 100)
    // All that the worker had printed before it died is there.
    t.is(ended.stdout.split('\n')[0]!.split(' ')[0], '0')
  },
)
