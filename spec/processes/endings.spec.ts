/** How a run ends from outside: signals, and a parent that is gone. No worker outlives it. */
import test, { type ExecutionContext } from 'ava'
import { CliRun, codesOf, reportOf, topologyFile, variables } from './cli.ts'
import { RollCall } from './roll-call.ts'

interface Started {
  readonly run: CliRun
  readonly roll: RollCall
}

/** A run of `faulty` without end, with its two workers. */
async function endless(t: ExecutionContext, fault: string, ...flags: string[]): Promise<Started> {
  const roll = await RollCall.open(t)
  const run = roll.run(['run', topologyFile('faulty'), ...variables({ fault }), ...flags])
  await run.line(/ running$/)
  await roll.arrival(2)
  return { run, roll }
}

test.serial('no worker outlives a parent that is killed', async (t) => {
  const { run, roll } = await endless(t, 'none')
  run.signal('SIGKILL')
  t.is((await run.ended).code, null)
  await t.notThrowsAsync(roll.allGone())
  t.is(roll.pids.length, 2)
})

test.serial('no worker outlives a parent that is killed, even where it is in an endless loop', async (t) => {
  const { run, roll } = await endless(t, 'spin', '-c', 'topology.loop.stall.ms=100')
  await run.line(/ blocked .* by "faulty" \(task \d+\)/)
  run.signal('SIGKILL')
  await run.ended
  await t.notThrowsAsync(roll.allGone())
  t.is(roll.pids.length, 2)
})

test.serial('no worker outlives a parent that is killed while its workers start', async (t) => {
  const roll = await RollCall.open(t)
  const run = roll.run(['run', topologyFile('faulty')])
  await roll.arrival(2)
  run.signal('SIGKILL')
  await run.ended
  await t.notThrowsAsync(roll.allGone())
})

test.serial('a signal that comes while the workers start ends the run in good order', async (t) => {
  const roll = await RollCall.open(t)
  const run = roll.run(['run', topologyFile('faulty'), '--json'])
  await roll.arrival(2)
  run.signal('SIGTERM')
  const ended = await run.ended
  t.is(ended.code, 0, ended.stderr)
  t.deepEqual(codesOf(ended), [])
  const { status, roots } = reportOf(ended)
  t.deepEqual([status, roots.emitted], ['stopped', 0])
  await t.notThrowsAsync(roll.allGone())
})

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test.serial(`${signal} drains: what is in flight is acked, no worker is left, and the exit code is 0`, async (t) => {
    const { run, roll } = await endless(t, 'none', '--json')
    run.signal(signal)
    const ended = await run.ended
    t.is(ended.code, 0, ended.stderr)
    const { status, roots } = reportOf(ended)
    t.is(status, 'stopped')
    t.is(roots.acked, roots.emitted)
    t.deepEqual(codesOf(ended), [])
    await t.notThrowsAsync(roll.allGone())
    t.is(roll.pids.length, 2)
  })
}

test.serial('where npm has started it, the end of npm is a hang-up: the run drains', async (t) => {
  const run = new CliRun(['run', topologyFile('faulty'), '--json'], {
    env: { npm_execpath: 'npm-cli.js' },
    throughShell: true,
  })
  await run.line(/ running$/)
  run.signal('SIGKILL')
  const ended = await run.ended
  const { status, roots } = reportOf(ended)
  t.is(status, 'stopped')
  t.is(roots.acked, roots.emitted)
  t.regex(ended.stderr, /^SIGHUP: /m)
})

for (const asked of [undefined, 'SIGHUP'] as const) {
  test.serial(
    `a signal that comes with the last words of a run cuts none off (${asked ?? 'the end'} before it)`,
    async (t) => {
      const limit: Record<string, string> = asked === undefined ? { count: '10' } : {}
      const roll = await RollCall.open(t)
      const run = roll.run(['run', topologyFile('faulty'), '--json', ...variables({ lingers: 'yes', ...limit })])
      if (asked !== undefined) {
        await run.line(/ running$/)
        run.signal(asked)
      }
      await run.line(/^roots: /)
      run.signal('SIGTERM')
      const ended = await run.ended
      t.is(ended.code, 0, ended.stderr)
      t.is(reportOf(ended).status, asked === undefined ? 'completed' : 'stopped')
    },
  )
}

/** What shows that a tuple is in flight and will stay there. */
const STUCK = { hold: /a tuple is held/, spin: / blocked .* by "faulty"/ } as const

for (const fault of ['hold', 'spin'] as const) {
  test.serial(`a second signal stops at once (${fault}), and no worker is left`, async (t) => {
    const { run, roll } = await endless(t, fault, '-c', 'topology.loop.stall.ms=100')
    await run.line(STUCK[fault])
    run.signal('SIGTERM')
    t.notRegex(await run.line(/^SIGTERM/), /Ctrl-C/)
    run.signal('SIGINT')
    t.is((await run.ended).code, 130)
    await t.notThrowsAsync(roll.allGone())
    t.is(roll.pids.length, 2)
  })
}

test.serial('what does not finish within the drain timeout is left behind, and told', async (t) => {
  const { run, roll } = await endless(t, 'hold', '--json', '-c', 'topology.drain.timeout.secs=0.2')
  await run.line(STUCK.hold)
  run.signal('SIGTERM')
  const ended = await run.ended
  t.is(ended.code, 1)
  t.deepEqual(codesOf(ended), ['DRAIN_TIMEOUT'])
  const { status, roots, problem } = reportOf(ended)
  t.is(status, 'stopped')
  t.true(roots.emitted > roots.acked)
  t.is(problem.code, 'DRAIN_TIMEOUT')
  await t.notThrowsAsync(roll.allGone())
})
