/** What is measured of child processes: rates through them, how soon a lost one is replaced, and a hung one noticed. */
import type { Run } from '../../run/index.ts'
import { countOf, pause, type RunSpec, rateOf, withTopology } from '../measure.ts'
import type { Row, Scenario } from '../row.ts'
import { rawEchoRate } from '../topologies/shell-commands.ts'

const HUNG_TIMEOUT_SECS = 2
const LONGEST_WAIT_MS = 30_000

/** Part of the usual run. */
export const SHELL_SCENARIOS: readonly Scenario[] = [
  { name: 'shell-raw-echo', run: rawEcho },
  through('python', 'a Python bolt', 60_000),
  through('typhoon', 'typhoon shell', 100_000),
  { name: 'shell-recovery', run: recovery },
  { name: 'shell-hung', run: hung },
]

const specOf = (command: string): RunSpec => ({ topology: 'shell', variables: { command } })

async function rawEcho(seconds: number): Promise<Row[]> {
  const rate = await rawEchoRate(seconds)
  return [{ name: 'a pipelined JSON echo in Python, by hand', value: rate, unit: 'messages/s' }]
}

function through(command: string, what: string, goal: number): Scenario {
  return {
    name: `shell-${command}`,
    async run(seconds) {
      const { perSecond, cores, peakBytes } = await rateOf(specOf(command), 'const', 'acked', seconds)
      const row: Row = {
        name: `${what} that emits and acks`,
        value: perSecond,
        unit: 'roots/s acked',
        cores,
        peakBytes,
      }
      return [{ ...row, goal: `${goal / 1000} k, aim ${goal / 500} k`, reached: perSecond >= goal }]
    },
  }
}

/** The time from the SIGKILL until tuples of the next child are acked. */
async function recovery(): Promise<Row[]> {
  const pids: number[] = []
  const spec = { ...specOf('python'), config: { 'topology.stats.interval.ms': 10 } }
  const { result: seconds } = await withTopology(
    spec,
    async (running) => {
      await until(() => pids.length === 1)
      await pause(2000)
      const killedAt = performance.now()
      process.kill(pids[0]!, 'SIGKILL')
      await until(() => pids.length === 2)
      await untilMore(running)
      return (performance.now() - killedAt) / 1000
    },
    { onLog: ({ component, message }) => void (component === 'shell' && pids.push(Number(message))) },
  )
  const name = 'SIGKILL of a Python child: until its tuples flow again'
  return [{ name, value: seconds, unit: 's', goal: '1 s, aim 0.3 s', reached: seconds <= 1 }]
}

/** The time from the tuple with which it hangs until that is noticed. */
async function hung(): Promise<Row[]> {
  const config = { 'topology.subprocess.timeout.secs': HUNG_TIMEOUT_SECS, 'topology.drain.timeout.secs': 0 }
  let spinsAt = 0
  let noticedAt = 0
  await withTopology({ ...specOf('spin'), config }, () => until(() => noticedAt > 0), {
    onLog: ({ message }) => {
      if (message === 'spins' && spinsAt === 0) spinsAt = performance.now()
    },
    onProblem: ({ code }) => {
      if (code === 'CHILD_HUNG' && noticedAt === 0) noticedAt = performance.now()
    },
  })
  const seconds = (noticedAt - spinsAt) / 1000
  const name = `a Python child that spins, timeout ${HUNG_TIMEOUT_SECS} s: noticed after`
  const limit = HUNG_TIMEOUT_SECS + 1
  return [{ name, value: seconds, unit: 's', goal: `${limit} s`, reached: seconds <= limit }]
}

async function untilMore(running: Run): Promise<void> {
  const before = countOf(running, 'const', 'acked')
  await until(() => countOf(running, 'const', 'acked') > before)
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + LONGEST_WAIT_MS
  while (!isSo()) {
    if (performance.now() > end)
      throw new Error(`nothing happened for ${LONGEST_WAIT_MS / 1000} s; is python3 installed?`)
    await pause(2)
  }
}
