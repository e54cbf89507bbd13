/** Workers that die by themselves, again and again, and workers that only seem to be dead. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { folderOf } from '../folder.ts'
import { CliRun, codesOf, configured, type Ended, reportOf, topologyFile, typhoon, variables } from './cli.ts'
import { RollCall } from './roll-call.ts'

/** A run of `faulty` without end and without a fault; its two workers report in. */
async function sinking(t: ExecutionContext, config: Readonly<Record<string, unknown>>) {
  const roll = await RollCall.open(t)
  const flags = [...configured(config), ...variables({ fault: 'none' })]
  const run = roll.run(['run', topologyFile('faulty'), '--json', ...flags])
  await run.line(/ running$/)
  return { run, roll }
}

/** A way to die, and how it is told. */
interface Death {
  readonly fault: string
  readonly how: RegExp
  readonly words: RegExp
  readonly task?: number
}

const DEATHS: readonly Death[] = [
  {
    fault: 'exit always',
    how: /exit code 7: "faulty" .*process\.exit\(7\)/,
    words: /\bstderr\b/,
    task: 2,
  },
  { fault: 'uncaught', how: /exit code 1: .*uncaught error/, words: /thrown where nobody catches/ },
  { fault: 'timer', how: /exit code 1: "faulty" .*uncaught error/, words: /thrown in a timer/, task: 2 },
  { fault: 'rejected', how: /exit code 1: .*uncaught error/, words: /rejected where nobody listens/ },
  { fault: 'rejected later', how: /exit code 1: "faulty" .*uncaught error/, words: /rejected later/ },
]

/** That the run ended because a worker died of that too often, and that it says so with the worker's last words. */
function gaveUp(t: ExecutionContext, ended: Ended, { how, words, task }: Death): void {
  t.is(ended.code, 1, ended.stderr)
  t.deepEqual(codesOf(ended), ['WORKER_GAVE_UP'], 'its last words stand within that error')
  const { status, problem } = reportOf(ended)
  t.is(status, 'failed')
  t.is(problem.code, 'WORKER_GAVE_UP')
  t.regex(problem.message, how)
  t.is(problem.where.task, task)
  t.regex(problem.where.file, /faulty/)
  t.true(problem.where.line > 0)
  t.regex(problem.message, words)
}

function dying(fault: string, restarts: number): Promise<Ended> {
  const limit = configured({ 'topology.worker.max.restarts': restarts })
  return typhoon(['run', topologyFile('faulty'), '--json', ...limit, ...variables({ fault, count: '100' })])
}

test.serial('a worker that keeps dying is started again later each time, then given up', async (t) => {
  const death = DEATHS[0]!
  const ended = await dying(death.fault, 2)
  gaveUp(t, ended, death)
  const losses = ended.stderr.split('\n').filter((line) => line.includes('was lost'))
  t.is(losses.length, 2, ended.stderr)
  for (const loss of losses) t.regex(loss, death.how)
  t.regex(losses[0]!, /started again at once/)
  t.regex(losses[1]!, /started again in 100 ms/)
})

for (const death of DEATHS.slice(1)) {
  test.serial(`a worker that is given up has last words, and the place at which it died (${death.fault})`, async (t) =>
    gaveUp(t, await dying(death.fault, 0), death),
  )
}

test.serial('what has ended a worker is said once for each time, without its stack', async (t) => {
  const { stderr } = await dying('timer', 1)
  const lines = stderr.split('\n')
  t.is(lines.filter((line) => line.includes('thrown in a timer')).length, 2, stderr)
  t.deepEqual(
    lines.filter((line) => /^ *at .*\(/.test(line)),
    [],
  )
})

test.serial('a tuple that ends its worker each time becomes a dead letter, and the run goes on', async (t) => {
  const folder = folderOf(t)
  const letters = join(folder, 'dead.jsonl')
  const flags = ['--json', '--fail-on-dead-letters', '-c', `topology.dead.letters.file=${letters}`]
  const ended = await typhoon(['run', topologyFile('faulty'), ...flags, ...variables({ fault: 'exit', count: '100' })])
  t.is(ended.code, 1, ended.stderr)
  t.deepEqual(codesOf(ended), ['POISON_TUPLE', 'DEAD_LETTERS'])
  t.true(ended.stderr.includes(`1 dead letter in ${letters}`))
  const { status, roots, deadLetterFiles, problem } = reportOf(ended)
  t.is(status, 'completed')
  t.deepEqual([roots.acked, roots.deadLettered], [99, 1])
  t.deepEqual([deadLetterFiles, problem.code], [[letters], 'DEAD_LETTERS'])
  const letter = JSON.parse(readFileSync(letters, 'utf8'))
  const { error, ...reason } = letter.reason
  t.deepEqual([letter.values, reason], [{ n: 3 }, { kind: 'worker lost', worker: 2, poison: true }])
  t.regex(error, /exit code 7: "faulty" .*process\.exit\(7\) \(at .*faulty\.\w+:\d+/)
  t.is(letter.lastError, error)
  t.true(letter.description.includes(error) && ended.stderr.includes(error))
})

test.serial(
  'code that ends its worker whichever tuple it has ends the run, and all that was counted counts',
  async (t) => {
    const folder = folderOf(t)
    const letters = join(folder, 'dead.jsonl')
    const config = {
      'topology.workers': 1,
      'topology.dead.letters.file': letters,
      'topology.worker.restart.max.delay.ms': 100,
    }
    const flags = ['--json', ...configured(config), ...variables({ fault: 'exit always', count: '3' })]
    const ended = await typhoon(['run', topologyFile('faulty'), ...flags])
    t.is(ended.code, 1, ended.stderr)
    const { status, problem, roots, deadLetterFiles } = reportOf(ended)
    t.deepEqual([status, problem.code, problem.where.component], ['failed', 'WORKER_GAVE_UP', 'faulty'])
    t.true(problem.where.line > 0)
    t.deepEqual(
      [roots.deadLettered, deadLetterFiles],
      [readFileSync(letters, 'utf8').trimEnd().split('\n').length, [letters]],
    )
    t.true(roots.emitted > 0)
  },
)

test.serial(
  'an event loop that stays blocked is ended with its worker, and the tuple that blocks it becomes a dead letter, no other',
  async (t) => {
    const folder = folderOf(t)
    const letters = `topology.dead.letters.file=${join(folder, 'dead.jsonl')}`
    // Nothing is tried twice, and what waits behind the one that blocks waits for longer than the message timeout.
    const config = {
      'topology.loop.stall.ms': 200,
      'topology.worker.stall.limit.secs': 1.5,
      'topology.message.timeout.secs': 0.5,
      'topology.replay.max.attempts': 1,
    }
    const flags = ['--json', '-c', letters, ...configured(config), ...variables({ fault: 'spin', count: '200' })]
    const lost = /\d was lost \(.* blocked .* by "faulty" \(task \d+\)\)/g
    // Its spout knows which tuple it was where it lives in another worker, else it is known from the first trial.
    for (const [workers, losses] of [
      [2, 1],
      [1, 2],
    ] as const) {
      const ended = await typhoon(['run', topologyFile('faulty'), '--workers', String(workers), ...flags])
      t.is(ended.code, 0, ended.stderr)
      t.deepEqual(codesOf(ended), ['POISON_TUPLE'])
      t.is(ended.stderr.match(lost)?.length, losses, ended.stderr)
      const { status, roots } = reportOf(ended)
      t.is(status, 'completed')
      t.deepEqual([roots.deadLettered, roots.failed.timeout], [1, 0])
    }
  },
)

test.serial('of a worker that is blocked before its first report it is told what was in flight', async (t) => {
  const config = { 'topology.workers': 1, 'topology.loop.stall.ms': 100, 'topology.drain.timeout.secs': 0.1 }
  const run = new CliRun([
    'run',
    topologyFile('faulty'),
    '--json',
    ...configured({ ...config, 'topology.stats.interval.ms': 60_000 }),
    ...variables({ fault: 'spin', count: '20' }),
  ])
  await run.line(/ blocked .* by "faulty"/)
  run.signal('SIGINT')
  const ended = await run.ended
  const { roots, problem } = reportOf(ended)
  t.is(problem.code, 'DRAIN_TIMEOUT')
  t.true(roots.emitted > 0)
  t.true(roots.acked <= roots.emitted)
})

test.serial('a blocked event loop is reported with the component that blocks it, and is no dead worker', async (t) => {
  const flags = ['--json', '-c', 'topology.loop.stall.ms=200', ...variables({ fault: 'block', count: '100' })]
  const ended = await typhoon(['run', topologyFile('faulty'), ...flags])
  t.is(ended.code, 0, ended.stderr)
  t.regex(ended.stderr, / blocked .* by "faulty" \(task \d+\)/)
  t.notRegex(ended.stderr, /was lost/)
  const { status, roots } = reportOf(ended)
  t.is(status, 'completed')
  t.deepEqual([roots.emitted, roots.acked], [100, 100])
})

test.serial(
  'a worker that is stopped is named, ended and started again, and nothing that was in it is lost',
  async (t) => {
    const { run, roll } = await sinking(t, { 'topology.worker.timeout.secs': 2 })
    process.kill(await roll.arrival(2), 'SIGSTOP')
    await run.line(/error\[WORKER_SILENT\]/)
    await run.line(/was lost \(signal SIGKILL\)/)
    run.signal('SIGINT')
    const ended = await run.ended
    t.is(ended.code, 0, ended.stderr)
    const { roots } = reportOf(ended)
    t.is(roots.deadLettered, 0)
    t.is(roots.emitted, roots.acked + roots.failed.workerLost)
  },
)

test.serial('a worker that stood still for many message timeouts and goes on costs no tuple an attempt', async (t) => {
  const config = { 'topology.worker.timeout.secs': 8, 'topology.message.timeout.secs': 0.5 }
  const { run, roll } = await sinking(t, config)
  const pid = await roll.arrival(2)
  process.kill(pid, 'SIGSTOP')
  await run.line(/error\[WORKER_SILENT\]/)
  process.kill(pid, 'SIGCONT')
  run.signal('SIGINT')
  const ended = await run.ended
  t.is(ended.code, 0, ended.stderr)
  const { roots } = reportOf(ended)
  t.is(roots.deadLettered, 0)
  t.notRegex(ended.stderr, /was lost/)
})
