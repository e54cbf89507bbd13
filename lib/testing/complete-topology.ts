/**
 * Runs a topology to its end and tells what every component has emitted; Storm's `Testing.completeTopology`. A tuple that is never
 * acked lets it fail, which finds leaks.
 */
import type { RunReport } from '../daemon/report.ts'
import { BasicBolt, type ConfigMap, type Tuple, type TopologyDefinition } from '../index.ts'
import { Fields } from '../index.ts'
import type { ComponentSpec, StreamSpec } from '../topology/topology.ts'
import { LocalCluster, type LocalClusterOptions } from './local-cluster.ts'
import { type FixedTuple, FixedTupleSpout } from './spouts.ts'

const CAPTURE = 'captured-by-test'

/** A tuple that was emitted: its stream and values. */
export interface EmittedTuple {
  readonly stream: string
  readonly values: readonly unknown[]
}

/** Mocked sources by spout, and what a LocalCluster takes. */
export interface CompleteOptions extends LocalClusterOptions {
  /** Tuples by spout: these spouts are replaced by ones that emit just them. */
  readonly mockedSources?: Readonly<Record<string, readonly FixedTuple[]>>
  /** Goes before the topology's own. */
  readonly config?: ConfigMap
  /** Simulated time. */
  readonly timeoutMs?: number
}

/** What was emitted, by component, and the report of the run. */
export interface CompleteResult {
  /** In the order in which they arrived. */
  readonly emitted: ReadonlyMap<string, readonly EmittedTuple[]>
  readonly report: RunReport
  readonly seed: number
}

/** Runs a topology in simulated time until its input has ended, and gives back every tuple that was emitted. */
export async function completeTopology(definition: TopologyDefinition, options: CompleteOptions = {}): Promise<CompleteResult> {
  const emitted = new Map<string, EmittedTuple[]>(Object.keys(definition.topology.components).map((id) => [id, []]))
  const cluster = new LocalCluster(options)
  const topology = await cluster.submit(capturing(mocked(definition, options), emitted))
  const report = await topology.complete(options.timeoutMs)
  if (report.problem !== undefined) throw await topology.failure()
  return { emitted, report, seed: cluster.seed }
}

/** Values of the tuples of one component and stream. */
export function readTuples(result: CompleteResult, component: string, stream = 'default'): (readonly unknown[])[] {
  return (result.emitted.get(component) ?? []).filter((tuple) => tuple.stream === stream).map((tuple) => tuple.values)
}

/** The same elements with the same multiplicities are equal as multisets: sorted by their JSON. */
export function multiset(tuples: readonly (readonly unknown[])[]): string[] {
  return tuples.map((tuple) => JSON.stringify(tuple)).sort()
}

function mocked(definition: TopologyDefinition, { mockedSources = {}, config = {} }: CompleteOptions): TopologyDefinition {
  const components = new Map(definition.components)
  for (const [id, tuples] of Object.entries(mockedSources)) {
    const outputs = outputsOf(definition.topology.components[id]!.outputs)
    components.set(id, () => new FixedTupleSpout(tuples, outputs))
  }
  const { topology } = definition
  return { ...definition, components, topology: { ...topology, config: { ...topology.config, ...config } } }
}

function outputsOf(streams: Readonly<Record<string, StreamSpec>>) {
  return Object.fromEntries(
    Object.entries(streams).map(([id, { fields, direct }]) => [id, direct ? { direct, fields: new Fields(fields) } : new Fields(fields)] as const),
  )
}

/** Adds a bolt that subscribes to every stream that is not direct. */
function capturing(definition: TopologyDefinition, emitted: Map<string, EmittedTuple[]>): TopologyDefinition {
  const inputs = Object.entries(definition.topology.components).flatMap(([component, { outputs }]) =>
    Object.entries(outputs).flatMap(([stream, { direct }]) => (direct ? [] : [{ component, stream, grouping: { type: 'global' } as const }])),
  )
  const spec: ComponentSpec = { kind: 'bolt', outputs: {}, inputs, parallelism: 1, tasks: 1, config: {} }
  const components = new Map(definition.components).set(CAPTURE, () => new CaptureBolt(emitted))
  const { topology } = definition
  return { ...definition, components, topology: { ...topology, components: { ...topology.components, [CAPTURE]: spec } } }
}

class CaptureBolt extends BasicBolt {
  readonly #emitted: Map<string, EmittedTuple[]>

  constructor(emitted: Map<string, EmittedTuple[]>) {
    super()
    this.#emitted = emitted
  }

  execute(tuple: Tuple): void {
    this.#emitted.get(tuple.sourceComponent)!.push({ stream: tuple.sourceStream, values: tuple.values })
  }
}
