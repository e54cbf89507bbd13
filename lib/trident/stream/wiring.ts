/** What streams, groups and states are made of: a node of the graph, and how the next one is added. */
import { Fields, TyphoonError } from '../../index.ts'
import type { StateFactory } from '../model/state.ts'
import type { ProcessorFactory } from '../operation/processor.ts'
import type {
  Graph,
  GraphNode,
  OperationNode,
  Query,
  Repartition,
  RepartitionNode,
  StateNode,
  Steadiness,
} from '../plan/graph.ts'

/** A step to be added. */
export interface NewStep {
  readonly label: string
  readonly create: ProcessorFactory
  readonly outputs: Fields
  /** The output fields whose values it makes itself; none unless given. */
  readonly made?: readonly Fields[]
  readonly state?: StateNode
  readonly commits?: boolean
  /** `never` unless given. */
  readonly steady?: Steadiness
  readonly query?: Query
}

/** Of a step that makes all of its output fields. */
export function making(outputs: Fields): Pick<NewStep, 'outputs' | 'made'> {
  return { outputs, made: [outputs] }
}

/** A place in the graph, and the name that the user has given to what follows. */
export interface Place {
  readonly graph: Graph
  readonly node: GraphNode
  readonly label: string | undefined
}

/** A step with one input. */
export function addStep({ graph, node, label }: Place, step: NewStep): OperationNode {
  return addJoint(graph, [node], step, label)
}

/** A step with several inputs. */
export function addJoint(graph: Graph, inputs: readonly GraphNode[], step: NewStep, name?: string): OperationNode {
  return graph.add<OperationNode>({
    type: 'operation',
    inputs,
    label: step.label,
    create: step.create,
    outputs: step.outputs,
    made: step.made ?? [],
    commits: step.commits ?? false,
    steady: step.steady ?? 'never',
    ...(step.state === undefined ? {} : { state: step.state }),
    ...(step.query === undefined ? {} : { query: step.query }),
    ...(name === undefined ? {} : { name }),
  })
}

/** A change of partitions. */
export function addRepartition({ graph, node }: Place, how: Repartition): RepartitionNode {
  return graph.add<RepartitionNode>({ type: 'repartition', input: node, how, outputs: node.outputs })
}

/**
 * @param keyFields see `StateNode` @throws DUPLICATE_ID where two states have one name
 */
export function addState(graph: Graph, name: string, factory: StateFactory, keyFields?: readonly string[]): StateNode {
  if (typeof name !== 'string' || name === '')
    throw new TyphoonError('BAD_ARGUMENT', `the name of a state is a text, and this is ${JSON.stringify(name)}`)
  if (graph.states.some((state) => state.name === name))
    throw new TyphoonError('DUPLICATE_ID', `two states are called "${name}"`, {
      where: { state: name },
      hint: 'what a state has kept is found by its name; give each one of its own',
    })
  const state: StateNode = keyFields === undefined ? { name, factory } : { name, factory, keyFields }
  graph.states.push(state)
  return state
}

/** @throws UNKNOWN_FIELD where the stream does not have them */
export function checkFields(outputs: Fields, names: readonly string[], operation: string): readonly string[] {
  if (!Array.isArray(names))
    throw new TyphoonError('NO_FIELDS', `${operation}: ${JSON.stringify(names)} is not a list of fields`, {
      where: { operation },
      hint: "write ['name', 'other']",
    })
  for (const name of names) {
    if (outputs.has(name)) continue
    throw new TyphoonError(
      'UNKNOWN_FIELD',
      `${operation}: there is no field "${name}"; the fields are ${outputs.names.join(', ') || '(none)'}`,
      { where: { operation, field: name } },
    )
  }
  return names
}

/** The fields of a row with more behind it. @throws DUPLICATE_FIELD */
export function appended(fields: Fields | readonly string[], more: Fields): Fields {
  return new Fields([...(fields instanceof Fields ? fields.names : fields), ...more.names])
}

/** @throws BAD_PARALLELISM */
export function checkParallelism(hint: number): number {
  if (Number.isSafeInteger(hint) && hint >= 1) return hint
  throw new TyphoonError('BAD_PARALLELISM', `a parallelism hint is a whole number from 1 up, and this is ${hint}`)
}
