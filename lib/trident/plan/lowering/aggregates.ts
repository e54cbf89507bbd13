/**
 * Aggregations of a batch. Combiners are done in halves, so that each partition combines its own rows before anything
 * is sent; of others all rows of a group, or of the batch, come together first.
 */
import {
  type AggregateStep,
  chainedAggregate,
  groupedAggregate,
  partitionAggregate,
} from '../../aggregate/aggregate.ts'
import {
  type CombineStep,
  combineChain,
  combinePartials,
  partialChain,
  partialCombine,
} from '../../aggregate/combine.ts'
import { extreme, extremeBy } from '../../aggregate/extreme.ts'
import { isCombiner } from '../../aggregate/fold.ts'
import type { AnyAggregator } from '../../model/operation.ts'
import type { AggregateOperator, Aggregation } from '../../program/operator.ts'
import type { GraphNode } from '../graph.ts'
import type { Lowerings, NewStep, Steps } from './steps.ts'

export const AGGREGATES: Lowerings<AggregateOperator['op']> = {
  partitionAggregate: (aggregation, steps) => steps.add(byPartition(aggregation)),
  aggregate(operator, steps) {
    const { function: aggregator, input, fields, groupBy } = operator
    const label = groupBy === undefined ? `→ ${fields.names.join(', ')}` : byGroup(fields.names, groupBy)
    const whole = { label: `aggregate ${label}`, made: [fields] }
    if (isCombiner(aggregator)) {
      const partial = steps.add({
        label: `combine ${label}`,
        create: partialCombine(groupBy, input, aggregator),
        steady: 'always',
      })
      const create = combinePartials(groupBy, aggregator)
      return steps.add({ ...whole, create, steady: 'always' }, [steps.gather(groupBy, partial)])
    }
    if (groupBy === undefined) return steps.add(byPartition(operator), [steps.gather(groupBy)])
    const create = groupedAggregate(groupBy, input, aggregator, fields.names)
    return steps.add({ ...whole, create }, [steps.gather(groupBy)])
  },
  chainedAgg({ aggregations, groupBy }, steps) {
    const parts = aggregations.map(
      ({ function: aggregator, input, fields }): AggregateStep => ({
        inputFields: input,
        aggregator,
        outFields: fields.names,
      }),
    )
    const names = parts.flatMap(({ outFields }) => outFields)
    const label = groupBy === undefined ? names.join(', ') : byGroup(names, groupBy)
    const whole = { label: `aggregate ${label}`, made: aggregations.map(({ fields }) => fields) }
    if (!parts.every((part): part is CombineStep => isCombiner(part.aggregator)))
      return steps.add({ ...whole, create: chainedAggregate(parts, groupBy) }, [steps.gather(groupBy)])
    const partial = steps.add({ label: `combine ${label}`, create: partialChain(groupBy, parts), steady: 'always' })
    const create = combineChain(groupBy, parts)
    return steps.add({ ...whole, create, steady: 'always' }, [steps.gather(groupBy, partial)])
  },
  min: ({ function: comparator }, steps) => twice('least', extreme('min', comparator), steps),
  max: ({ function: comparator }, steps) => twice('greatest', extreme('max', comparator), steps),
  minBy: ({ input: [field], function: comparator }, steps) =>
    twice(`least ${field}`, extremeBy('min', field!, comparator), steps),
  maxBy: ({ input: [field], function: comparator }, steps) =>
    twice(`greatest ${field}`, extremeBy('max', field!, comparator), steps),
}

/** `count by word` */
export function byGroup(names: readonly string[], groupBy: readonly string[]): string {
  return `${names.join(', ')} by ${groupBy.join(', ')}`
}

function byPartition({ function: aggregator, input, fields }: Aggregation): NewStep {
  return {
    label: `aggregate by partition → ${fields.names.join(', ')}`,
    create: partitionAggregate(input, aggregator, fields.names),
    made: [fields],
    steady: isCombiner(aggregator) ? 'by partition' : 'never',
  }
}

/** Aggregates in each partition, and once more where the results of all partitions come together. */
function twice(label: string, aggregator: AnyAggregator, steps: Steps): GraphNode {
  const { names } = steps.outputs
  const step = (): NewStep => ({ label, create: partitionAggregate(names, aggregator, names) })
  return steps.add(step(), [steps.gather(undefined, steps.add(step()))])
}
