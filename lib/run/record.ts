/** Keeps what the runs of a topology count, one run after the other, and what happens to them. */
import { History } from '../history/history.ts'
import type { EventKind } from '../history/timeline.ts'
import { resolveConfig } from '../topology/config/config.ts'
import type { Topology } from '../topology/topology.ts'
import type { Clock } from '../util/time/clock.ts'
import { Timers } from '../util/time/timers.ts'
import type { Run } from './run.ts'

export class Recorder {
  readonly history = new History()
  readonly #clock: Clock
  readonly #now: () => Date
  /** The one that is recorded. */
  #run: Run | undefined

  constructor(clock: Clock, now: () => Date) {
    this.#clock = clock
    this.#now = now
  }

  /**
   * From the beginning of a run to its end, or to the next one.
   * @param shown paths in a text as its reader knows them
   */
  record(run: Run, { config }: Topology, shown: (text: string) => string = (text) => text): void {
    this.#run = run
    const timers = new Timers(this.#clock)
    const take = (): void => {
      const metrics = run.metrics()
      if (this.#run === run && metrics !== undefined) this.history.add(this.#now().getTime(), metrics)
    }
    this.history.beginRun()
    this.#listen(run, shown)
    timers.every(resolveConfig(config)['topology.stats.interval.ms'], take)
    const end = (): void => {
      timers.cancelAll()
      take()
    }
    void run.done.then(end, end)
  }

  /** Something that no run tells. */
  happened(kind: EventKind, text: string, code?: string): void {
    this.#add({ kind, text, ...(code === undefined ? {} : { code }) })
  }

  #listen(run: Run, shown: (text: string) => string): void {
    run.listen({
      onStatus: (status) => this.#add({ kind: 'status', text: status }),
      onProblem: ({ code, message, where = {} }, worker, _stack, times = 1) => {
        const { component, task } = where
        const place = { ...(component === undefined ? {} : { component }), ...(task === undefined ? {} : { task }) }
        this.#add({ kind: 'error', text: shown(message), code, ...place, ...(worker === 0 ? {} : { worker }), times })
      },
      onSnapshot: (taken) => this.history.addSnapshot(this.#now().getTime(), taken),
      onWorkerStarted: (worker, incarnation) =>
        this.#add({ kind: 'worker-started', text: startOf(incarnation), worker }),
      onWorkerLost: (worker, _incarnation, how, restartInMs) =>
        this.#add({ kind: 'worker-lost', text: `${shown(how)}; it is started again in ${restartInMs} ms`, worker }),
    })
  }

  #add(happened: Parameters<History['timeline']['add']>[1]): void {
    this.history.timeline.add(this.#now().getTime(), happened)
  }
}

function startOf(incarnation: number): string {
  return incarnation === 1 ? 'started' : `started again, incarnation ${incarnation}`
}
