/** The command as a shell starts it: what it prints where, with what it exits, and what signals do. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { DONE, FAILED, INVALID, WRONG_USAGE } from '../../lib/command/terminal/exit-codes.ts'
import { allAcked, NUMBERS } from '../command/parts.ts'

const TYPHOON = fileURLToPath(new URL('../../bin/typhoon.js', import.meta.url))
const RUNNING = 'numbers: 2 components, 2 tasks, 1 worker, running\n'

class Typhoon {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>
  #onOutput: () => void = () => {}
  #over = false

  constructor(argv: readonly string[]) {
    this.child = spawn(process.execPath, [TYPHOON, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FORCE_COLOR: '0' },
    })
    this.child.stdout?.on('data', (chunk) => {
      this.stdout += chunk
      this.#onOutput()
    })
    this.child.stderr?.on('data', (chunk) => {
      this.stderr += chunk
      this.#onOutput()
    })
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        this.#over = true
        resolve(signal ?? code)
        this.#onOutput()
      })
    })
  }

  /** Settles when one of the streams has this text, or when the process is over. */
  async says(text: string): Promise<void> {
    const said = () => this.stdout.includes(text) || this.stderr.includes(text) || this.#over
    while (!said()) {
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve
      })
    }
  }

  /** The last line of stdout. */
  get report(): any {
    return JSON.parse(this.stdout.trimEnd().split('\n').at(-1) ?? '')
  }
}

/** Nothing is left running where a test fails. */
function start(t: ExecutionContext, ...argv: readonly string[]): Typhoon {
  const typhoon = new Typhoon(argv)
  t.teardown(() => typhoon.child.kill('SIGKILL'))
  return typhoon
}

test.serial('run prints results to stdout and ends them with the report, in which every count is exact', async (t) => {
  const run = start(t, 'run', NUMBERS, '--set', 'count=1000', '--workers', '2', '--json')
  t.is(await run.ended, DONE)
  const { seconds, completeLatencyMs, ...counts } = run.report
  t.deepEqual(counts, {
    topology: 'numbers',
    status: 'completed',
    workers: 2,
    components: {
      numbers: { tasks: 1, emitted: 1000, executed: 0, acked: 1000, failed: 0 },
      sum: { tasks: 1, emitted: 0, executed: 1000, acked: 1000, failed: 0 },
    },
    roots: allAcked(1000),
  })
  t.true(seconds > 0)
  t.deepEqual(Object.keys(completeLatencyMs), ['p50', 'p99', 'p999', 'max'])
  t.deepEqual(run.stdout.split('\n').slice(0, 1), ['sum 500500'])
  t.is(run.stdout.split('\n').length, 3)
  t.regex(run.stderr, /\nnumbers completed .* 2 workers\n/)
})

test.serial('logs and stderr of the workers go to stderr, and nothing else is said with --quiet', async (t) => {
  const run = start(t, 'run', NUMBERS, '--set', 'count=3', '--set', 'bolt=print', '--quiet')
  t.is(await run.ended, DONE)
  t.is(run.stdout, 'number 1\nnumber 2\nnumber 3\n')
  t.deepEqual(
    run.stderr
      .replace(/^\S+Z /gm, '')
      .trimEnd()
      .split('\n')
      .sort(),
    ['[worker 1] three on stderr', 'warn print[2]: the second number'],
  )
})

test.serial('--for ends the input: the bolts are told, and the run is complete', async (t) => {
  const run = start(t, 'run', NUMBERS, '--for', '100ms', '--json')
  t.is(await run.ended, DONE)
  t.is(run.report.status, 'completed')
  const { emitted, acked } = run.report.roots
  t.is(acked, emitted)
  t.is(run.stdout.split('\n')[0], `sum ${(emitted * (emitted + 1)) / 2}`)
})

test.serial('SIGINT drains: every root that was emitted is acked, and every result is printed', async (t) => {
  const run = start(t, 'run', NUMBERS, '--set', 'bolt=print', '--json')
  await run.says('number 1\n')
  run.child.kill('SIGINT')
  t.is(await run.ended, DONE)
  t.is(run.report.status, 'stopped')
  const { emitted, acked } = run.report.roots
  t.is(acked, emitted)
  t.is(run.stdout.split('\n').filter((line) => line.startsWith('number ')).length, acked)
  // A slow start tells its progress before.
  t.true(run.stderr.includes(RUNNING), run.stderr)
  t.regex(run.stderr, /\nSIGINT: draining .*\b30 s\b.*Ctrl-C/)
})

test.serial('a second signal stops at once, and the exit code names it', async (t) => {
  const run = start(t, 'run', NUMBERS, '--set', 'bolt=never', '--json', '-c', 'topology.max.spout.pending=10')
  await run.says('holding 1\n')
  run.child.kill('SIGINT')
  await run.says('press Ctrl-C again to stop at once')
  run.child.kill('SIGTERM')
  t.is(await run.ended, 143)
  t.is(run.report.status, 'stopped')
})

test.serial('what cannot be drained in time is told, and is no success', async (t) => {
  const options = ['-c', 'topology.max.spout.pending=10', '-c', 'topology.drain.timeout.secs=0.1']
  const run = start(t, 'run', NUMBERS, '--set', 'bolt=never', '--json', ...options)
  await run.says('holding 1\n')
  run.child.kill('SIGTERM')
  t.is(await run.ended, FAILED)
  t.like(run.report, { status: 'stopped', problem: { code: 'DRAIN_TIMEOUT' } })
  t.regex(run.stderr, /error\[DRAIN_TIMEOUT\]/)
})

test.serial('a topology that fails says why, once and without a stack trace', async (t) => {
  const run = start(t, 'run', NUMBERS, '--set', 'bolt=unprepared', '--json')
  t.is(await run.ended, FAILED)
  t.like(run.report, { status: 'failed', problem: { code: 'COMPONENT_FAILED' } })
  t.is(run.stderr.split(/error\[COMPONENT_FAILED\]: .*there is no database\n/).length, 2)
  t.notRegex(run.stderr, /\n {4}at /)
})

test.serial('when the reader of the results goes away, the run drains and complains about nothing', async (t) => {
  const run = start(t, 'run', NUMBERS, '--set', 'bolt=print')
  await run.says('number 1\n')
  run.child.stdout?.destroy()
  t.is(await run.ended, DONE)
  t.regex(run.stderr, /\nnumbers stopped /)
  t.notRegex(run.stderr, /EPIPE|INTERNAL/)
})

test.serial('wrong usage and invalid definitions have exit codes of their own', async (t) => {
  const [usage, invalid] = [start(t, 'run'), start(t, 'validate', 'nowhere.yaml')]
  t.deepEqual(await Promise.all([usage.ended, invalid.ended]), [WRONG_USAGE, INVALID])
})
