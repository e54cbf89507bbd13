import test from 'ava'
import { RunConsole, type Verbosity } from '../../lib/command/show/run-console.ts'
import type { Problem } from '../../lib/errors/typhoon-error.ts'
import { fakeTerminal } from './parts.ts'

const PROBLEM: Problem = { code: 'EXECUTE_FAILED', message: 'no', where: { component: 'count', task: 3 } }

const NOW = '2030-01-31T12:34:56.789Z'

/** One of each event. */
function tellEverything(verbosity: Verbosity, asJson = false) {
  const { terminal, stdout, stderr } = fakeTerminal()
  const runConsole = new RunConsole(terminal, { verbosity, asJson, now: () => new Date(NOW) })
  const { events } = runConsole
  events.onWorkerStarted?.(2, 1)
  events.onLog?.({ level: 'info', message: 'hello', component: 'count', task: 3 }, 1)
  events.onLog?.({ level: 'warn', message: 'careful', component: 'count', task: 3 }, 1)
  events.onLog?.({ level: 'debug', message: 'nobody' }, 1)
  events.onOutput?.('{"a": 1}\u001b[0m ', 1, 'stdout')
  events.onOutput?.('oops', 2, 'stderr')
  events.onProblem?.(PROBLEM, 1, 'Error: no\n    at count.js:1')
  events.onWorkerLost?.(2, 1, 'signal SIGKILL', 0)
  events.onWorkerLost?.(2, 2, 'exit code 1', 200)
  runConsole.notice('running')
  return { runConsole, terminal, stdout, stderr }
}

test('results go to stdout unchanged, everything else to stderr', (t) => {
  const { stdout, stderr, runConsole } = tellEverything('normal')
  t.is(stdout.text, '{"a": 1}\u001b[0m \n')
  t.deepEqual(stderr.text.split('\n'), [
    `${NOW} info count[3]: hello`,
    `${NOW} warn count[3]: careful`,
    `${NOW} debug: nobody`,
    '[worker 2] oops',
    'error[EXECUTE_FAILED]: no',
    '  in component count, task 3, worker 1',
    'warning: worker 2 was lost (signal SIGKILL) and is started again at once',
    'warning: worker 2 was lost (exit code 1) and is started again in 200 ms',
    'running',
    '',
  ])
  t.is(runConsole.restarts, 2)
})

test('--quiet leaves results, warnings and errors', (t) => {
  const { stdout, stderr } = tellEverything('quiet')
  t.is(stdout.text, '{"a": 1}\u001b[0m \n')
  t.deepEqual(stderr.text.split('\n'), [
    `${NOW} warn count[3]: careful`,
    '[worker 2] oops',
    'error[EXECUTE_FAILED]: no',
    '  in component count, task 3, worker 1',
    'warning: worker 2 was lost (signal SIGKILL) and is started again at once',
    'warning: worker 2 was lost (exit code 1) and is started again in 200 ms',
    '',
  ])
})

test('--verbose adds stack traces and starts of workers', (t) => {
  const { stderr } = tellEverything('verbose')
  t.true(stderr.text.startsWith('worker 2 is starting (incarnation 1)\n'))
  t.true(stderr.text.includes('\nError: no\n    at count.js:1\n'))
})

test('what ended the run is not told twice', (t) => {
  const { runConsole, stderr } = tellEverything('normal')
  const before = stderr.text
  runConsole.tellOnce({ ...PROBLEM, where: { ...PROBLEM.where, worker: 2 } })
  t.is(stderr.text, before)
  runConsole.tellOnce({ ...PROBLEM, message: 'another' })
  t.is(stderr.text, `${before}error[EXECUTE_FAILED]: another\n  in component count, task 3\n`)
})

test('as JSON every line on stderr is an object with time, level and message, and what is known of its place', (t) => {
  const { stdout, stderr } = tellEverything('normal', true)
  t.is(stdout.text, '{"a": 1}\u001b[0m \n')
  const lines = stderr.text.trimEnd().split('\n')
  t.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [
      { time: NOW, level: 'info', message: 'hello', component: 'count', task: 3, worker: 1 },
      { time: NOW, level: 'warn', message: 'careful', component: 'count', task: 3, worker: 1 },
      { time: NOW, level: 'debug', message: 'nobody', worker: 1 },
      { time: NOW, level: 'info', message: 'oops', worker: 2 },
      { time: NOW, level: 'error', message: 'no', code: 'EXECUTE_FAILED', worker: 1, component: 'count', task: 3 },
      {
        time: NOW,
        level: 'warn',
        message: 'worker 2 was lost (signal SIGKILL) and is started again at once',
        worker: 2,
      },
      {
        time: NOW,
        level: 'warn',
        message: 'worker 2 was lost (exit code 1) and is started again in 200 ms',
        worker: 2,
      },
      { time: NOW, level: 'info', message: 'running' },
    ],
  )
})

test('what components, children and requests say cannot pass for a line of the run', (t) => {
  const { terminal, stderr } = fakeTerminal()
  const { events } = new RunConsole(terminal, { verbosity: 'normal', asJson: false, now: () => new Date(NOW) })
  const message = 'said \u001b[8m\nerror[STATE_CORRUPT]: gone'
  events.onLog?.({ level: 'info', message, component: 'py', task: 3 }, 1)
  events.onProblem?.({ ...PROBLEM, message }, 1, undefined)
  events.onOutput?.('\u001b[1Aerror[X]: no', 2, 'stderr')
  t.deepEqual(stderr.text.split('\n'), [
    `${NOW} info py[3]: said \\u001b[8m`,
    '  │ error[STATE_CORRUPT]: gone',
    'error[EXECUTE_FAILED]: said \\u001b[8m',
    '  │ error[STATE_CORRUPT]: gone',
    '  in component count, task 3, worker 1',
    '[worker 2] \\u001b[1Aerror[X]: no',
    '',
  ])
})
