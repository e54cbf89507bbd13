/**
 * Runs a topology to its end and tells what every component has emitted; Storm's `Testing.completeTopology`.
 *
 * The promise: it comes back when every tuple was acked or failed and every bolt has heard of the end of the input. A
 * tuple that is neither acked nor failed by a bolt times out and makes it throw, so a forgotten ack is found.
 *
 *     const result = await completeTopology(definition, { mockedSources: { words: [['a'], ['b']] } })
 *     assert.deepEqual(readTuples(result, 'count'), [['a', 1], ['b', 1]])
 */
import type { RunReport } from '../daemon/report/report.ts'
import {
  BasicBolt,
  type ComponentId,
  type ComponentSpec,
  type Problem,
  type TopologyDefinition,
  type Tuple,
  TyphoonError,
} from '../index.ts'
import { checkOptions, map, type OptionTable, positive } from '../shape/options.ts'
import { canonicalText } from '../values/text.ts'
import { suggest } from '../words/suggest.ts'
import { LOCAL_CLUSTER, LocalCluster, type LocalClusterOptions } from './cluster/local-cluster.ts'
import { checkCompletable, type Mocked, mocked } from './cluster/mocked.ts'
import { FixedTupleSpout } from './cluster/spouts.ts'

const CAPTURE = 'captured-by-test'

/** A tuple that was emitted: its stream and values. */
export interface EmittedTuple {
  readonly stream: string
  readonly values: readonly unknown[]
}

/** Mocked spouts and bolts by their ids, and what a LocalCluster takes. */
export interface CompleteOptions extends LocalClusterOptions, Mocked {
  /** How long the run may take, milliseconds of simulated time; 10 minutes unless given. */
  readonly timeoutMs?: number
}

const COMPLETE = {
  ...LOCAL_CLUSTER,
  mockedSources: map(),
  mockedBolts: map(),
  config: map(),
  timeoutMs: positive(),
} satisfies OptionTable<CompleteOptions>

/** What was emitted, by component, and the report of the run. */
export interface CompleteResult {
  /** The streams that each component declares. */
  readonly streams: ReadonlyMap<ComponentId, readonly string[]>
  /** The tuples of each component in the order in which they arrived; direct streams are left out. */
  readonly emitted: ReadonlyMap<ComponentId, readonly EmittedTuple[]>
  readonly report: RunReport
  /** Errors that bolts threw, and whatever else was reported. */
  readonly problems: readonly Problem[]
  readonly seed: number
}

/**
 * @throws UNKNOWN_COMPONENT (rejects) for a mock of what is not in the topology, WRONG_VALUES or UNDECLARED_STREAM for
 * a tuple of a mocked source that does not fit, NO_METHOD for a spout that is neither mocked nor says when it is
 * exhausted; what made the topology fail; ROOT_TIMED_OUT where tuples timed out, Error where the run did not end
 */
export async function completeTopology(
  definition: TopologyDefinition,
  options: CompleteOptions = {},
): Promise<CompleteResult> {
  const { seed, minDelayMs, maxDelayMs, loss, strict } = checkOptions(
    'call of completeTopology',
    options,
    COMPLETE,
    'BAD_ARGUMENT',
  )
  const { topology, components } = mocked(definition, options, (...given) => new FixedTupleSpout(...given))
  checkCompletable(topology, components)
  const emitted = new Map<ComponentId, EmittedTuple[]>(Object.keys(topology.components).map((id) => [id, []]))
  const cluster = new LocalCluster({ seed, minDelayMs, maxDelayMs, loss, strict })
  const local = await cluster.submit(capturing({ ...definition, topology, components }, emitted))
  const report = await local.complete(options.timeoutMs)
  if (report.problem !== undefined) throw await local.failure()
  const { timeout } = report.roots.failed
  if (timeout > 0) {
    const [first] = local.problems.filter(({ code }) => code === 'ROOT_TIMED_OUT')
    const which = first === undefined ? '' : `; ${first.message}`
    const what = `${timeout} of the tuples timed out: some bolt has neither acked nor failed them${which}`
    throw new TyphoonError('ROOT_TIMED_OUT', local.withSeed(what), { where: first?.where ?? {} })
  }
  const { [CAPTURE]: _, ...users } = report.components
  const streams = new Map(Object.entries(topology.components).map(([id, spec]) => [id, Object.keys(spec.outputs)]))
  return { streams, emitted, report: { ...report, components: users }, problems: local.problems, seed: cluster.seed }
}

/**
 * The values of the tuples of one component and stream, in the order in which they arrived.
 * @throws UNKNOWN_COMPONENT; UNDECLARED_STREAM where the component emits to no such stream
 */
export function readTuples(result: CompleteResult, component: ComponentId, stream = 'default'): (readonly unknown[])[] {
  const streams = result.streams.get(component)
  if (streams === undefined)
    throw new TyphoonError('UNKNOWN_COMPONENT', `the topology has no component "${component}"`, {
      where: { component },
      hint: suggest(component, [...result.streams.keys()]),
    })
  if (!streams.includes(stream))
    throw new TyphoonError('UNDECLARED_STREAM', `"${component}" declares no stream "${stream}"`, {
      where: { component, stream },
      hint: suggest(stream, streams),
    })
  return (result.emitted.get(component) ?? []).filter((tuple) => tuple.stream === stream).map((tuple) => tuple.values)
}

/**
 * To compare tuples whose order does not matter: each as text, sorted. The same key has the same text, whatever process
 * it came from.
 */
export function multiset(tuples: readonly (readonly unknown[])[]): string[] {
  return tuples.map((tuple) => canonicalText(tuple)).sort()
}

/** Adds a bolt that subscribes to every stream that is not direct. */
function capturing(definition: TopologyDefinition, emitted: Map<ComponentId, EmittedTuple[]>): TopologyDefinition {
  const { topology } = definition
  const inputs = Object.entries(topology.components).flatMap(([component, { outputs }]) =>
    Object.entries(outputs).flatMap(([stream, spec]) =>
      spec.direct ? [] : [{ component, stream, grouping: { type: 'global' } as const }],
    ),
  )
  const spec: ComponentSpec = { kind: 'bolt', outputs: {}, inputs, parallelism: 1, config: {} }
  const components = new Map(definition.components).set(CAPTURE, () => new CaptureBolt(emitted))
  return {
    ...definition,
    components,
    topology: { ...topology, components: { ...topology.components, [CAPTURE]: spec } },
  }
}

class CaptureBolt extends BasicBolt {
  readonly #emitted: Map<ComponentId, EmittedTuple[]>

  constructor(emitted: Map<ComponentId, EmittedTuple[]>) {
    super()
    this.#emitted = emitted
  }

  execute(tuple: Tuple): void {
    this.#emitted.get(tuple.sourceComponent)!.push({ stream: tuple.sourceStream, values: tuple.values })
  }
}
