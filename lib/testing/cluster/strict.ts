/**
 * A topology as a strict test runs it, so that what works only by luck fails. Rule: Apache Beam's direct runner, which
 * "enforces immutability of elements, encodability of elements" and processes them "in an arbitrary order".
 *
 * The law: what a component emits is frozen when it is emitted, and what a bolt gets when it gets it; so who changes in
 * place what others may hold, fails there with a TypeError. Each executor has a worker of its own: so each tuple is
 * encoded, shares nothing with what was emitted, and is under way for a while that is drawn. What comes from one task
 * keeps its order; all other order is that of the seed.
 */
import {
  type Component,
  type DeclaredStream,
  declaredStreams,
  direct,
  Fields,
  type Outputs,
  type Topology,
  type TopologyDefinition,
  type Tuple,
} from '../../index.ts'
import { sizeOf } from '../../topology/topology.ts'
import { kindOf } from '../../values/kinds.ts'

/** The longest delay of a frame between two workers, milliseconds. */
export const STRICT_DELAY_MS = 5

/** The topology, whose components freeze and whose executors are apart. */
export function strictly(definition: TopologyDefinition): TopologyDefinition {
  const { topology } = definition
  const components = [...definition.components].map(([id, make]) => [id, () => frozen(make())] as const)
  const config = { ...topology.config, 'topology.workers': executorsOf(topology) }
  return { ...definition, topology: { ...topology, config }, components: new Map(components) }
}

function executorsOf(topology: Topology): number {
  return Object.values(topology.components).reduce((sum, spec) => sum + sizeOf(topology, spec).executors, 0)
}

function frozen<C extends Component>(component: C): C {
  const { outputs } = component
  if (outputs !== undefined) define(component, 'outputs', freezingOutputs(declaredStreams({ outputs })))
  if (component.kind === 'spout') return component
  const bolt = component as unknown as { execute(tuple: Tuple, ...rest: unknown[]): unknown }
  const { execute } = bolt
  define(bolt, 'execute', (tuple: Tuple, ...rest: unknown[]) => {
    freeze(tuple.values)
    return execute.call(bolt, tuple, ...rest)
  })
  return component
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true })
}

function freezingOutputs(streams: ReadonlyMap<string, DeclaredStream>): Outputs {
  const outputs = [...streams].map(([stream, declared]) => {
    const fields = new FreezingFields(declared.fields)
    return [stream, declared.direct ? direct(fields) : fields] as const
  })
  return Object.fromEntries(outputs)
}

/** Fields that go through what is emitted, as those do that validate it. */
class FreezingFields extends Fields {
  readonly #fields: Fields

  constructor(fields: Fields) {
    super(fields.names, [])
    this.#fields = fields
  }

  override valuesOf(...emitted: Parameters<Fields['valuesOf']>): readonly unknown[] {
    return freeze(this.#fields.valuesOf(...emitted))
  }
}

/** Lists and plain objects at any depth; what else there is in them cannot be frozen. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const kind = kindOf(value)
  if (kind !== 'array' && kind !== 'plain') return value
  Object.freeze(value)
  for (const item of Object.values(value)) freeze(item)
  return value
}
