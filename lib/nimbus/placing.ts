/** Asks for the hosts of the runs of one topology; of the first of them, whether it goes on with living workers. */
import { functionsOf } from '../drpc/protocol/functions-of.ts'
import type { RunReport } from '../run/index.ts'
import { workerLoad } from '../scheduler/loads.ts'
import { resolveConfig } from '../topology/config/config.ts'
import type { Topology } from '../topology/topology.ts'
import { hasBatches } from '../trident/plan/batch-streams.ts'
import type { WorkerId } from '../tuple/ids.ts'
import type { Engine, Placed, Placement, RunElsewhere } from './engine.ts'
import type { Examined } from './examine.ts'
import type { TopologyRecord } from './record.ts'

/** Where a run was placed. */
interface PlacedRun extends Placement {
  /** What it has is given back when the run is over. */
  until(done: Promise<RunReport>): void
}

export class Placing {
  readonly #engine: Engine | undefined
  readonly #log: Placed['log']
  /** No run was remembered here: workers of one that was led by another nimbus may live. */
  #isFirst = true

  /** @param engine unless given all runs are here */
  constructor(engine: Engine | undefined, log: Placed['log']) {
    this.#engine = engine
    this.#log = log
  }

  /** Whether it is a run of another nimbus that may be gone on with. */
  expects({ elsewhere }: TopologyRecord, run: string): boolean {
    return this.#isFirst && elsewhere?.run === run
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
      keepsState: hasBatches(topology),
      before: this.#isFirst ? elsewhere : undefined,
      // Its workers are linked to the server of functions, which was in the process of the nimbus.
      mayGoOn: !fresh && functionsOf(topology).length === 0,
    })
    const { run, slots } = placement.elsewhere
    try {
      await remember({ run, slots })
    } catch (error) {
      placement.release()
      throw error
    }
    this.#isFirst = false
    return { ...placement, until: (done) => void untilOver(done).then(placement.release) }
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
