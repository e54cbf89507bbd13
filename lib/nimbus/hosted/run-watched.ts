/** Begins a run of a topology, and lets all who keep something of its runs hear of it. */
import { join } from 'node:path'
import type { Run } from '../../run/index.ts'
import type { Recorder } from '../../run/record.ts'
import { runPlain } from '../../run/run.ts'
import { BundlePaths } from '../code/bundle-paths.ts'
import type { Examined } from '../code/examine.ts'
import type { TopologyLogs } from '../logs/topology-logs.ts'
import { toldToRun } from '../record/log-levels.ts'
import type { Beginning, TopologyRecord } from '../record/record.ts'
import type { HostPorts } from './host-ports.ts'
import type { KeptProblems } from './kept-problems.ts'
import type { PlacedRun } from './placing.ts'
import type { TopologyTaps } from './topology-taps.ts'

/** Those of one topology. */
export interface Watchers {
  readonly logs: TopologyLogs
  readonly taps: TopologyTaps
  readonly errors: KeptProblems
  readonly recorder: Recorder
}

/** What is run, and how. */
interface Begun {
  readonly examined: Examined
  readonly record: TopologyRecord
  readonly beginning: Beginning
  /** Where; here unless given. */
  readonly placement: PlacedRun | undefined
}

/** @returns the run, which has begun */
export function runWatched(
  { examined, record, beginning, placement }: Begun,
  { folder, now }: HostPorts,
  watchers: Watchers,
): Run {
  const { fresh = false, allowDroppedState = false } = beginning
  const code = join(folder, 'code')
  const logLevels = toldToRun(record.logLevels, now().getTime())
  const how = { folder: code, inactive: record.status === 'INACTIVE', fresh, allowDroppedState, logLevels }
  const run = runPlain(examined, { ...how, elsewhere: placement?.elsewhere })
  placement?.follow(run)
  watch(run, examined, new BundlePaths(code), watchers, (port, address) => placement?.serves(port, address))
  return run
}

/** @param onAddress processes of other hosts ask its functions there */
function watch(
  run: Run,
  { topology }: Examined,
  paths: BundlePaths,
  { logs, taps, errors, recorder }: Watchers,
  onAddress: (port: number, address: string) => void,
): void {
  taps.begin(run)
  recorder.record(run, topology, (text) => paths.text(text))
  run.listen(logs.listener(paths))
  run.listen({
    onProblem: (problem, worker, _stack, times) => errors.add(paths.problem(problem), worker, times),
    onStatus: (status) => logs.say('info', status),
    onServing: ({ url, functions, elsewhere: address }) => {
      logs.say('info', `DRPC on ${url}: ${functions.join(', ')}`)
      if (address !== undefined) onAddress(Number(new URL(url).port), address)
    },
  })
}
