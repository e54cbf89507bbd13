/**
 * A run in the foreground, as it is looked at: the only topology there is. It can be activated, deactivated and told at
 * which level to log; whatever else changes a topology is the business of a service.
 */
import type { Seen, SeenTopology } from '../api/seen.ts'
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { Examined } from '../nimbus/code/examine.ts'
import { KeptProblems } from '../nimbus/hosted/kept-problems.ts'
import { TopologyTaps } from '../nimbus/hosted/topology-taps.ts'
import { logListener } from '../nimbus/logs/log-listener.ts'
import { changed, holding, type LevelChange, toldToRun } from '../nimbus/record/log-levels.ts'
import type { LevelSet } from '../nimbus/record/record.ts'
import type { LoadedTopology, Run } from '../run/index.ts'
import type { Recorder } from '../run/record.ts'
import { RecentLogs } from './recent-logs.ts'

/** Paths stand as the user has written them. */
const AS_THEY_ARE = { problem: <Problem>(problem: Problem): Problem => problem, text: (text: string) => text }

/** What a run is looked at with. */
export interface RunClocks {
  /** Records the run. */
  readonly recorder: Recorder
  readonly now: () => Date
}

class SeenRun implements SeenTopology {
  readonly run: Run
  readonly examined: Examined
  readonly taps = new TopologyTaps()
  readonly logs: RecentLogs
  readonly report = undefined
  readonly retryInMs = undefined
  readonly #recorder: Recorder
  readonly #errors: KeptProblems
  readonly #now: () => Date
  readonly #beganAt: number
  #isActive = true
  #logLevels: readonly LevelSet[] = []

  constructor(run: Run, { topology, source, warnings, isReplayable }: LoadedTopology, { recorder, now }: RunClocks) {
    this.run = run
    this.examined = { topology, source, warnings, isReplayable }
    this.#now = now
    this.#beganAt = now().getTime()
    this.#recorder = recorder
    this.#errors = new KeptProblems(now)
    this.logs = new RecentLogs(now)
    this.taps.begin(run)
    run.listen(logListener((line) => this.logs.add(line), AS_THEY_ARE))
    run.listen({ onProblem: (problem, worker, _stack, times) => this.#errors.add(problem, worker, times) })
  }

  get status(): 'ACTIVE' | 'INACTIVE' {
    return this.#isActive ? 'ACTIVE' : 'INACTIVE'
  }

  get record() {
    const { name } = this.examined.topology
    return { id: `${name}-${this.#beganAt}`, name, status: this.status, submittedAt: this.#beganAt, revision: 1 }
  }

  get history() {
    return this.#recorder.history
  }

  get errors() {
    return this.#errors.all
  }

  get logLevels(): readonly LevelSet[] {
    return holding(this.#logLevels, this.#now().getTime())
  }

  async activate(): Promise<void> {
    this.#isActive = true
    this.run.activate()
    this.#recorder.happened('activated', 'activated')
  }

  async deactivate(): Promise<void> {
    this.#isActive = false
    this.run.deactivate()
    this.#recorder.happened('deactivated', 'deactivated')
  }

  async setLogLevels(changes: readonly LevelChange[]): Promise<void> {
    const now = this.#now().getTime()
    this.#logLevels = changed(this.logLevels, changes, this.examined.topology, now)
    this.run.setLogLevels(toldToRun(this.#logLevels, now))
  }
}

/** That one run is all that is seen. */
export function seenRun(run: Run, loaded: LoadedTopology, clocks: RunClocks): Seen {
  const topology = new SeenRun(run, loaded, clocks)
  const { name } = topology.record
  const get = (wanted: string): SeenRun => {
    if (wanted === name) return topology
    throw new TyphoonError('TOPOLOGY_UNKNOWN', `there is no topology "${wanted}"`, {
      hint: `this is a run of "${name}"`,
    })
  }
  return {
    topologies: [topology],
    hosts: [],
    startedAt: clocks.now().getTime(),
    now: clocks.now,
    has: (wanted) => wanted === name,
    get,
    logsOf: async (wanted) => get(wanted).logs,
    nimbus: undefined,
  }
}
