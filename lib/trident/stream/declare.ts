/** How an operator comes into the program: what it is given is checked, and the state that it writes gets its name. */

import { type Fields, TyphoonError } from '../../index.ts'
import { wrongArgument } from '../../shape/check-argument.ts'
import type { StateFactory } from '../model/state.ts'
import type { Aggregation, Operator } from '../program/operator.ts'
import { moves, roleOf } from '../program/operators.ts'
import { outputsOf } from '../program/outputs.ts'
import type { OperatorNode, Program, ProgramNode } from '../program/program.ts'
import type { StateNode } from '../program/state-node.ts'
import { snapshot } from '../state/factories.ts'
import { windowState } from '../window/window-store.ts'
import { checkKey } from './check-key.ts'
import { checkFactory, checkFields, checkOperation, checkOutputs } from './check-operation.ts'

/** A point in the program, and the name that the user has given to what follows. */
export interface ProgramPoint {
  readonly program: Program
  readonly node: ProgramNode
  readonly label: string | undefined
}

/**
 * The point behind an operator. A name reaches as far as tuples stay in their partitions.
 * @throws UNKNOWN_FIELD, NOT_AN_OPERATION, NO_FIELDS, DUPLICATE_FIELD, NOT_A_STATE, DUPLICATE_ID, WRONG_KEY, BAD_WINDOW
 */
export function pointAfter({ program, node, label }: ProgramPoint, operator: Operator): ProgramPoint {
  return { program, node: declare(program, [node], operator, label), label: moves(operator) ? undefined : label }
}

/** Declares an operator that makes one stream of several. @throws as `pointAfter`, OTHER_TOPOLOGY, BAD_JOIN */
export function pointAfterAll(program: Program, points: readonly ProgramPoint[], operator: Operator): ProgramPoint {
  const { op } = operator
  if (points.some((point) => point.program !== program))
    throw new TyphoonError('OTHER_TOPOLOGY', `${op}: one of the streams belongs to another topology`, {
      where: { operation: op },
    })
  const inputs = points.map(({ node }) => node)
  return { program, node: declare(program, inputs, operator, undefined), label: undefined }
}

/** `[inputFields], aggregator, outFields`; where the first are left out, all fields. */
export function aggregationOf({ names }: Fields, given: any[]): Aggregation & { readonly function: any } {
  const [input, aggregator, fields] = Array.isArray(given[0]) ? given : [names, ...given]
  return { function: aggregator, input, fields }
}

/** @throws as `pointAfter` */
export function checkAggregation(fields: Fields, aggregation: Aggregation, operation: 'chainedAgg'): void {
  checkFields(fields, aggregation.input, operation)
  checkOperation(aggregation.function, 'aggregator', operation)
  checkOutputs(aggregation.fields, operation)
}

/** @param keyFields see `StateNode` @throws DUPLICATE_ID where two states have one name */
export function addState(
  program: Program,
  name: string,
  factory: StateFactory,
  keyFields?: readonly string[],
): StateNode {
  if (typeof name !== 'string' || name === '')
    throw wrongArgument('the name of a state', name, 'a text', { code: 'BAD_ARGUMENT' })
  if (program.states.some((state) => state.name === name))
    throw new TyphoonError('DUPLICATE_ID', `two states are called "${name}"`, {
      where: { state: name },
      hint: 'what a state has kept is found by its name; give each one of its own',
    })
  const state: StateNode = keyFields === undefined ? { name, factory } : { name, factory, keyFields }
  program.states.push(state)
  return state
}

function declare(
  program: Program,
  inputs: readonly ProgramNode[],
  operator: Operator,
  name: string | undefined,
): OperatorNode {
  const fields = inputs.map(({ outputs }) => outputs)
  check(operator, fields, program)
  const outputs = outputsOf(operator, fields)
  const state = stateOf(operator, fields[0]!, program)
  return program.add<OperatorNode>({ type: 'operator', operator, inputs, outputs, state, name })
}

function check(operator: Operator, streams: readonly Fields[], program: Program): void {
  const { op } = operator
  const fields = streams[0]!
  if (op === 'stateQuery') checkState(operator.state, program)
  if ('groupBy' in operator && operator.groupBy !== undefined) checkFields(fields, operator.groupBy, 'groupBy')
  if ('input' in operator) checkFields(fields, operator.input, op)
  if (op === 'multiReduce') {
    for (const [index, stream] of streams.entries()) {
      checkFields(stream, operator.groups?.[index] ?? [], 'groupBy')
      checkFields(stream, operator.inputs[index] ?? [], op)
    }
  }
  if (op === 'chainedAgg') {
    if (operator.aggregations.length === 0)
      throw new TyphoonError('BAD_ARGUMENT', `${op} contains no aggregator`, { where: { operation: op } })
    for (const one of operator.aggregations) checkAggregation(fields, one, op)
  }
  const role = roleOf(operator)
  const hasNone = (op === 'minBy' || op === 'maxBy') && operator.function === undefined
  if (role !== undefined && 'function' in operator && !hasNone) checkOperation(operator.function, role, op)
  if ('fields' in operator && (op !== 'each' || operator.fields !== undefined)) checkOutputs(operator.fields, op)
  if (op === 'stateQuery') checkKey(operator)
}

/** The state that an operator asks, or writes: that one is made here. */
function stateOf(operator: Operator, fields: Fields, program: Program): StateNode | undefined {
  switch (operator.op) {
    case 'stateQuery':
      return operator.state
    case 'persistentAggregate': {
      const { name, state, groupBy } = operator
      checkFactory(state, name)
      return groupBy === undefined
        ? addState(program, name, snapshot(state), [])
        : addState(program, name, state, groupBy)
    }
    case 'partitionPersist':
      checkFactory(operator.state, operator.name)
      return addState(program, operator.name, operator.state)
    case 'window': {
      const { name, window, groupBy = [], input, store } = operator
      const factory = windowState({ window, fields, groupBy, input, ...(store === undefined ? {} : { store }) })
      return addState(program, name, factory)
    }
    default:
      return undefined
  }
}

/** @throws NOT_A_STATE, or OTHER_TOPOLOGY where it is one of another topology */
function checkState(state: StateNode | undefined, program: Program): void {
  if (state !== undefined && program.states.includes(state)) return
  const isState = typeof state?.factory?.makeState === 'function'
  const what = isState ? `the state "${state.name}" of another topology` : 'something that is not a state'
  throw new TyphoonError(isState ? 'OTHER_TOPOLOGY' : 'NOT_A_STATE', `stateQuery was given ${what}`, {
    where: { operation: 'stateQuery', ...(isState ? { state: state.name } : {}) },
    hint: 'ask what persistentAggregate, partitionPersist or newStaticState of the same topology has returned',
  })
}
