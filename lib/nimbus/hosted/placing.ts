/** Asks for the hosts of the runs of one topology; of the first of them, whether it goes on with living workers. */
import type { Run, RunReport } from '../../run/index.ts'
import { workerLoad } from '../../scheduler/loads.ts'
import { resolveConfig } from '../../topology/config/config.ts'
import type { Topology } from '../../topology/topology.ts'
import type { WorkerId } from '../../tuple/ids.ts'
import type { Examined } from '../code/examine.ts'
import type { TopologyRecord } from '../record/record.ts'
import type { Engine, Placed, Placement, RunElsewhere } from './engine.ts'

/** Where a run was placed. */
export interface PlacedRun extends Placement {
  /** What it has is given back when the run is over; once that runs, nothing of another nimbus is gone on with. */
  follow(run: Pick<Run, 'done' | 'untilRunning'>): void
}

export class Placing {
  readonly #engine: Engine | undefined
  readonly #log: Placed['log']
  /** Until a run has begun here, workers of one that was led by another nimbus may live. */
  #hasBegun = false

  /** @param engine unless given all runs are here */
  constructor(engine: Engine | undefined, log: Placed['log']) {
    this.#engine = engine
    this.#log = log
  }

  /** Whether it is a run of another nimbus that may be gone on with. */
  expects({ elsewhere }: TopologyRecord, run: string): boolean {
    return !this.#hasBegun && elsewhere?.run === run
  }

  /** Its code or its size is about to change: workers that another nimbus has led end. */
  giveUp({ elsewhere }: TopologyRecord): void {
    if (!this.#hasBegun && elsewhere !== undefined) this.#engine?.giveUp(elsewhere.run)
    this.begun()
  }

  /** A run has begun here: nothing that another nimbus has led is gone on with any more. */
  begun(): void {
    this.#hasBegun = true
  }

  /**
   * Undefined where the run is here.
   * @param fresh it begins anew, whatever lives
   * @param remember settles when it lasts where the run is: not before does it begin
   * @throws NO_SLOTS, and what `remember` throws (rejects): then all is as it was before
   */
  async place(
    { id, wanted, elsewhere }: TopologyRecord,
    { topology }: Examined,
    fresh: boolean,
    remember: (elsewhere: RunElsewhere) => Promise<void>,
  ): Promise<PlacedRun | undefined> {
    if (this.#engine === undefined) return undefined
    const placement = await this.#engine.place({
      ...{ id, log: this.#log, bundle: wanted.bundle },
      ...sizeOf(topology),
      before: this.#hasBegun ? undefined : elsewhere,
      mayGoOn: !fresh,
    })
    const { run, slots } = placement.elsewhere
    try {
      await remember({ run, slots })
    } catch (error) {
      placement.release()
      throw error
    }
    if (run !== elsewhere?.run) this.begun()
    const follow: PlacedRun['follow'] = (running) => {
      void untilOver(running.done).then(placement.release)
      running.untilRunning().then(
        () => this.begun(),
        () => {},
      )
    }
    return { ...placement, follow }
  }
}

/** @returns the worker because of which it has failed, where it was one */
function untilOver(done: Promise<RunReport>): Promise<WorkerId | undefined> {
  return done.then(
    ({ problem }) => problem?.where.worker,
    () => undefined,
  )
}

function sizeOf(topology: Topology): Pick<Placed, 'workers' | 'load'> {
  const workers = resolveConfig(topology.config)['topology.workers']
  return { workers, load: workerLoad(topology, workers) }
}
