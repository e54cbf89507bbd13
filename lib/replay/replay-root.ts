/**
 * Runs one root that was recorded again: in this process, in a cluster of its own, with the same code. What the spout
 * emitted is emitted once more, with nothing beside it.
 *
 * The law: time stands still while the process does, as in a debugger, so nothing times out meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ComponentId,
  type Outputs,
  Spout,
  type SpoutOutputCollector,
  type TaskContext,
  type TopologyDefinition,
  TyphoonError,
} from '../index.ts'
import { RunTracing } from '../run/tracing.ts'
import { LocalCluster } from '../testing/cluster/local-cluster.ts'
import { mocked } from '../testing/cluster/mocked.ts'
import type { FixedTuple } from '../testing/cluster/spouts.ts'
import { hasBatches } from '../topology/batches.ts'
import type { Trace } from '../tracing/trace.ts'
import { decode } from '../values/text.ts'

/** How time passes, in simulated and in real milliseconds: what a bolt waits for outside takes real time. */
const STEP_MS = 10

/** What is other than when it was recorded. */
export interface ReplayOptions {
  /** Bolts that take their tuples and do nothing, so that nothing is written twice. */
  readonly without?: readonly ComponentId[]
  /** Called right before the root is emitted: a debugger stops there. */
  beforeEmit?(): void
}

/**
 * @throws ROOT_NOT_REPLAYABLE, UNKNOWN_COMPONENT, UNDECLARED_STREAM, WRONG_VALUES (rejects) where it was recorded of
 * another topology; what keeps the topology from starting
 */
export async function replayRoot(
  definition: TopologyDefinition,
  trace: Trace,
  { without = [], beforeEmit = () => {} }: ReplayOptions = {},
): Promise<Trace> {
  const root = rootOf(trace, definition)
  const spouts = Object.entries(definition.topology.components).filter(([, { kind }]) => kind === 'spout')
  const others = spouts.map(([id]): [ComponentId, readonly FixedTuple[]] => [id, []])
  const { topology, components } = mocked(
    definition,
    {
      mockedSources: { ...Object.fromEntries(others), [trace.component]: [root] },
      mockedBolts: Object.fromEntries(without.map((id) => [id, () => {}])),
      config: { 'topology.workers': 1, 'topology.trace.sample': 1 },
    },
    (tuples, outputs) => new ReplaySpout(tuples, outputs, beforeEmit),
  )
  const cluster = new LocalCluster({ seed: 1 })
  const local = await cluster.submit({ ...definition, topology, components }, { inactive: true })
  const { run } = local
  let replayed: Trace | undefined
  let isOver = false
  new RunTracing(run).next((found) => (replayed = found))
  void run.done.then(() => (isOver = true))
  const pass = async (until: () => boolean): Promise<void> => {
    while (!isOver && !until()) {
      await cluster.advanceTime(STEP_MS)
      await sleep(STEP_MS)
    }
  }
  // Whoever wants the next root is heard by the worker before one is emitted.
  await cluster.advanceTime(STEP_MS)
  local.activate()
  await pass(() => replayed !== undefined)
  if (isOver) throw await local.failure()
  local.drain()
  await pass(() => false)
  return replayed!
}

/** @throws ROOT_NOT_REPLAYABLE, UNKNOWN_COMPONENT */
function rootOf({ root, component, stream = 'default', values }: Trace, { topology }: TopologyDefinition): FixedTuple {
  if (hasBatches(topology))
    throw notReplayable(`the root ${root} is a batch of Trident, which is more than its first tuple`)
  if (topology.components[component]?.outputs[stream]?.direct === true)
    throw notReplayable(`the root ${root} was emitted on a direct stream, to a task that is not recorded`)
  if (values === undefined)
    throw notReplayable(
      `the values of the root ${root} are not kept with its trace`,
      'those of more than 16384 characters are not, nor those that cannot be written as text',
    )
  return { stream, values: decode(values) as readonly unknown[] }
}

function notReplayable(message: string, hint?: string): TyphoonError {
  return new TyphoonError('ROOT_NOT_REPLAYABLE', message, hint === undefined ? {} : { hint })
}

/** Emits its tuple once, from its first task, and goes on without input. */
class ReplaySpout extends Spout {
  override readonly outputs
  readonly #tuples: readonly FixedTuple[]
  readonly #beforeEmit: () => void
  #left: readonly FixedTuple[] = []
  #collector!: SpoutOutputCollector

  constructor(tuples: readonly FixedTuple[], outputs: Outputs, beforeEmit: () => void) {
    super()
    this.#tuples = tuples
    this.outputs = outputs
    this.#beforeEmit = beforeEmit
  }

  override open({ taskIndex }: TaskContext, collector: SpoutOutputCollector): void {
    this.#left = taskIndex === 0 ? this.#tuples : []
    this.#collector = collector
  }

  nextTuple(): void {
    const [tuple, ...left] = this.#left
    if (tuple === undefined || !('stream' in tuple)) return
    this.#left = left
    this.#beforeEmit()
    this.#collector.emit(tuple.values, 'replay', tuple.stream)
  }
}
