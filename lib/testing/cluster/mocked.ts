/**
 * A topology for a test: some of its spouts and bolts are replaced, and the configuration of the test goes before its
 * own.
 */
import {
  BasicBolt,
  type BasicOutputCollector,
  type Component,
  type ComponentId,
  type ComponentSpec,
  type ConfigMap,
  direct,
  Fields,
  type Outputs,
  type Spout,
  type Topology,
  type TopologyDefinition,
  type Tuple,
  TyphoonError,
} from '../../index.ts'
import { suggest } from '../../words/suggest.ts'
import type { FixedTuple } from './spouts.ts'

/**
 * What stands in for a bolt: called with each tuple, it emits what the bolt would, or nothing, as a sink. An exception
 * fails the tuple. What it returns counts for nothing, but a promise is waited for.
 */
export type MockedBolt = (tuple: Tuple, collector: BasicOutputCollector) => unknown

/** What is other than in the topology. */
export interface Mocked {
  /** Tuples by spout: each of these spouts is replaced by one that emits just them. */
  readonly mockedSources?: Readonly<Record<ComponentId, readonly FixedTuple[]>>
  /**
   * What each of these bolts is replaced by, so that a test writes no file and asks no server: `{ sink: () => {} }`.
   */
  readonly mockedBolts?: Readonly<Record<ComponentId, MockedBolt>>
  /** Goes before the topology's own configuration. */
  readonly config?: ConfigMap
}

type Factories = ReadonlyMap<ComponentId, () => Component>

/**
 * @param makeSpout what emits the tuples of a mocked source
 * @throws UNKNOWN_COMPONENT; WRONG_VALUES, UNDECLARED_STREAM for a tuple of a mocked source that does not fit
 */
export function mocked(
  definition: TopologyDefinition,
  { mockedSources = {}, mockedBolts = {}, config = {} }: Mocked,
  makeSpout: (tuples: readonly FixedTuple[], outputs: Outputs) => Spout,
): { topology: Topology; components: Factories } {
  const { topology } = definition
  const components = new Map(definition.components)
  for (const [id, tuples] of Object.entries(mockedSources)) {
    const spec = topology.components[id]
    if (spec?.kind !== 'spout') throw unmockable(id, 'spout', topology)
    for (const tuple of tuples) checkFits(id, spec, tuple)
    components.set(id, () => makeSpout(tuples, outputsOf(spec)))
  }
  for (const [id, execute] of Object.entries(mockedBolts)) {
    const spec = topology.components[id]
    if (spec?.kind !== 'bolt') throw unmockable(id, 'bolt', topology)
    components.set(id, () => new MockBolt(execute, outputsOf(spec)))
  }
  return { topology: { ...topology, config: { ...topology.config, ...config } }, components }
}

/** A spout that emits what does not fit would try it for ever. @throws UNDECLARED_STREAM, WRONG_VALUES */
function checkFits(component: ComponentId, { outputs }: ComponentSpec, tuple: FixedTuple): void {
  const { stream, values } = 'stream' in tuple ? tuple : { stream: 'default', values: tuple }
  const spec = Object.hasOwn(outputs, stream) ? outputs[stream] : undefined
  if (spec === undefined)
    throw new TyphoonError('UNDECLARED_STREAM', `a tuple of the mocked "${component}" goes to the stream "${stream}"`, {
      where: { component, stream },
      hint: suggest(stream, Object.keys(outputs)),
    })
  new Fields(spec.fields).valuesOf(values, { component, stream })
}

function unmockable(id: ComponentId, kind: 'spout' | 'bolt', { name, components }: Topology): TyphoonError {
  const others = Object.keys(components).filter((other) => components[other]!.kind === kind)
  return new TyphoonError('UNKNOWN_COMPONENT', `"${id}" cannot be mocked: the topology "${name}" has no such ${kind}`, {
    where: { component: id },
    hint: suggest(id, others),
  })
}

/** @throws NO_METHOD for a spout that does not say when it is exhausted */
export function checkCompletable(topology: Topology, components: Factories): void {
  for (const [id, { kind }] of Object.entries(topology.components)) {
    const component = kind === 'spout' ? components.get(id)!() : undefined
    if (component?.kind !== 'spout' || component.isExhausted !== undefined) continue
    const options = { where: { component: id }, hint: 'give it isExhausted, or mock it' }
    throw new TyphoonError('NO_METHOD', `the spout "${id}" is endless, so the topology would never complete`, options)
  }
}

function outputsOf({ outputs }: ComponentSpec): NonNullable<Component['outputs']> {
  const streams = Object.entries(outputs).map(([id, spec]) => {
    const fields = new Fields(spec.fields)
    return [id, spec.direct ? direct(fields) : fields] as const
  })
  return Object.fromEntries(streams)
}

class MockBolt extends BasicBolt {
  override readonly outputs
  readonly #execute: MockedBolt

  constructor(execute: MockedBolt, outputs: NonNullable<Component['outputs']>) {
    super()
    this.#execute = execute
    this.outputs = outputs
  }

  execute(tuple: Tuple, collector: BasicOutputCollector): void | Promise<unknown> {
    const returned = this.#execute(tuple, collector)
    if (returned instanceof Promise) return returned
  }
}
