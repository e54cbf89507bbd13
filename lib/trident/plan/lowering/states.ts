/** Operators that write a state, or ask one. */
import { partialCombine } from '../../aggregate/combine.ts'
import { isCombiner } from '../../aggregate/fold.ts'
import { asksFor } from '../../builtin/queries.ts'
import type { CombinerAggregator, ReducerAggregator } from '../../model/operation.ts'
import {
  combineIntoMap,
  combineIntoSnapshot,
  partitionPersist,
  reduceIntoMap,
  reduceIntoSnapshot,
  stateQuery,
} from '../../operation/stateful.ts'
import type { OperatorOf, StateOperator } from '../../program/operator.ts'
import { windowed } from '../../window/windowed.ts'
import type { GraphNode } from '../graph.ts'
import { byGroup } from './aggregates.ts'
import type { Lowerings, Steps } from './steps.ts'

const WRITES = { usesState: true, commits: true } as const

export const STATES: Lowerings<StateOperator['op']> = {
  persistentAggregate: (operator, steps) =>
    operator.groupBy === undefined ? intoSnapshot(operator, steps) : intoMap(operator, operator.groupBy, steps),
  partitionPersist: ({ name, function: updater, input, fields }, steps) =>
    steps.add({
      ...WRITES,
      label: `${name}: persist ${input.join(', ')}`,
      create: partitionPersist(input, updater, fields.names),
      made: [fields],
    }),
  stateQuery({ state, function: query, input, fields, groupBy }, steps) {
    return steps.add(
      {
        usesState: true,
        label: `query ${state.name} → ${fields.names.join(', ')}`,
        create: stateQuery(input, query, fields.names),
        made: [fields],
        steady: 'always',
        query: { asks: asksFor(query), input },
      },
      groupBy === undefined ? steps.inputs : [steps.gather(groupBy)],
    )
  },
  window({ name, function: aggregator, fields, groupBy }, steps) {
    return steps.add(
      {
        ...WRITES,
        label: `${name}: ${steps.stateLabel}`,
        create: windowed(aggregator, steps.outputs.names),
        made: [fields],
      },
      groupBy === undefined ? steps.inputs : [steps.gather(groupBy)],
    )
  },
}

type Persistent = OperatorOf<'persistentAggregate'>

function intoMap(operator: Persistent, groupBy: readonly string[], steps: Steps): GraphNode {
  const { name, function: accumulator, input, fields } = operator
  const what = byGroup(fields.names, groupBy)
  const step = { ...WRITES, label: `${name}: ${what}`, made: [fields] }
  if (!isCombiner(accumulator)) {
    const create = reduceIntoMap(groupBy, input, accumulator as ReducerAggregator)
    return steps.add({ ...step, create }, [steps.gather(groupBy)])
  }
  const partial = steps.add(combining(`combine ${what}`, accumulator, operator))
  const create = combineIntoMap(groupBy.length, accumulator)
  return steps.add({ ...step, create, steady: 'always' }, [steps.gather(groupBy, partial)])
}

/** One value lives in the first partition. The name that the user has given is its component's, too. */
function intoSnapshot(operator: Persistent, steps: Steps): GraphNode {
  const { name, function: accumulator, input, fields } = operator
  const step = { ...WRITES, label: `${name}: aggregate → ${fields.names.join(', ')}`, made: [fields] }
  if (!isCombiner(accumulator)) {
    const create = reduceIntoSnapshot(input, accumulator as ReducerAggregator)
    return steps.add({ ...step, create }, [steps.repartition({ type: 'global' })], true)
  }
  const partial = steps.add(combining('combine', accumulator, operator))
  const create = combineIntoSnapshot(accumulator)
  return steps.add({ ...step, create, steady: 'always' }, [steps.repartition({ type: 'global' }, partial)], true)
}

function combining(label: string, combiner: CombinerAggregator, { input, groupBy }: Persistent) {
  return { label, create: partialCombine(groupBy, input, combiner), steady: 'always' } as const
}
