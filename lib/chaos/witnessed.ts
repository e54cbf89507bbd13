/**
 * A topology, in which what comes to its sinks comes to witnesses as well. A witness is a sink as any other: tuples are
 * not acked before it has them, and it loses and doubles what the guarantee lets sinks lose and double. So what it has
 * seen is what a right sink would have written.
 */
import {
  type Bolt,
  type ComponentId,
  type ComponentSpec,
  type TopologyDefinition,
  type Tuple,
  TyphoonError,
} from '../index.ts'
import { type Promised, promisesOf } from '../scheduler/promises.ts'
import { hasBatches } from '../topology/batches.ts'
import { abilitiesOf } from '../topology/component/hosting/abilities.ts'
import { canonicalText } from '../values/text.ts'
import { suggest } from '../words/suggest.ts'
import { weakest } from './verdict.ts'

const WITNESS = 'chaos-witness-of-'

/** How a witness is made. */
export interface WitnessPlan {
  /** The bolts whose input is looked at. */
  readonly sinks: readonly ComponentId[]
  /** How many tasks it has. */
  readonly tasks: number
  make(sink: ComponentId): () => Bolt
}

/** The bolts at which tuples end, by what the topology promises. */
export function sinksOf(definition: TopologyDefinition): ComponentId[] {
  const { paths } = promisesOf(definition.topology, abilitiesOf(definition))
  return [...new Set(paths.map(({ to }) => to))]
}

/**
 * The bolts among them whose input a witness can get: what names its receiver does not come to another one.
 * @throws UNKNOWN_COMPONENT where one is no bolt of the topology; NOT_COMPARABLE where nothing is left, and of Trident
 */
export function watchable({ topology }: TopologyDefinition, sinks: readonly ComponentId[]): ComponentId[] {
  const { name, components } = topology
  if (hasBatches(topology))
    throw new TyphoonError('NOT_COMPARABLE', `"${name}" works in batches: what it promises holds for its states`, {
      hint: 'no witness sees them; kill its workers while it runs, and look at the states',
    })
  for (const sink of sinks)
    if (components[sink]?.kind !== 'bolt') {
      const bolts = Object.keys(components).filter((id) => components[id]!.kind === 'bolt')
      const where = { where: { component: sink }, hint: suggest(sink, bolts) }
      throw new TyphoonError('UNKNOWN_COMPONENT', `the topology "${name}" has no bolt "${sink}" to watch`, where)
    }
  const seen = sinks.filter((sink) => seenInputs(components[sink]!).length > 0)
  if (seen.length > 0) return seen
  throw new TyphoonError('NOT_COMPARABLE', `nothing comes to the sinks of "${name}" that could be watched`, {
    hint: 'watch bolts before them',
  })
}

/** The same with witnesses. */
export function witnessed(definition: TopologyDefinition, { sinks, tasks, make }: WitnessPlan): TopologyDefinition {
  const { topology } = definition
  const specs = sinks.map((sink): [ComponentId, ComponentSpec] => {
    const inputs = seenInputs(topology.components[sink]!).map(({ component, stream }) => {
      return { component, stream, grouping: { type: 'local-or-shuffle' } as const }
    })
    return [WITNESS + sink, { kind: 'bolt', outputs: {}, inputs, parallelism: tasks, config: {} }]
  })
  const made = sinks.map((sink) => [WITNESS + sink, make(sink)] as const)
  return {
    ...definition,
    topology: { ...topology, components: { ...topology.components, ...Object.fromEntries(specs) } },
    components: new Map([...definition.components, ...made]),
  }
}

/** What holds for what the witnesses see. */
export function promisedTo(definition: TopologyDefinition): Promised {
  const { paths } = promisesOf(definition.topology, abilitiesOf(definition))
  return weakest(paths.filter(({ to }) => to.startsWith(WITNESS)))
}

/** A row, of which it counts how often it came. */
export function rowOf(sink: ComponentId, { values }: Tuple): string {
  return `${sink} ${canonicalText(values)}`
}

function seenInputs({ inputs }: ComponentSpec): ComponentSpec['inputs'] {
  return inputs.filter(({ grouping }) => grouping.type !== 'direct')
}
