/** Lets all who keep something of the runs of a topology hear of the one that begins. */
import type { Run } from '../../run/index.ts'
import type { Recorder } from '../../run/record.ts'
import { BundlePaths } from '../code/bundle-paths.ts'
import type { Examined } from '../code/examine.ts'
import type { TopologyLogs } from '../logs/topology-logs.ts'
import type { KeptProblems } from './kept-problems.ts'
import type { TopologyTaps } from './topology-taps.ts'

/** Those of one topology. */
export interface Watchers {
  readonly logs: TopologyLogs
  readonly taps: TopologyTaps
  readonly errors: KeptProblems
  readonly recorder: Recorder
}

/** @param code where its code is @param onAddress processes of other hosts ask its functions there */
export function watchRun(
  run: Run,
  { topology }: Examined,
  code: string,
  { logs, taps, errors, recorder }: Watchers,
  onAddress: (port: number, address: string) => void,
): void {
  const paths = new BundlePaths(code)
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
