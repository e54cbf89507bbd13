/** Operators that look at one tuple after the other: a step each. */

import type { PerTask, TridentFilter } from '../../model/operation.ts'
import {
  eachProcessor,
  filterProcessor,
  flatMapProcessor,
  mapProcessor,
  peekProcessor,
  projectProcessor,
} from '../../operation/local.ts'
import type { RowOperator } from '../../program/operator.ts'
import type { GraphNode, Steadiness } from '../graph.ts'
import type { Lowerings, Steps } from './steps.ts'

export const ROWS: Lowerings<RowOperator['op']> = {
  each(operator, steps) {
    const { function: fn, input, fields } = operator
    if (fields === undefined) return filter(input, fn, steps)
    return steps.add({
      label: `each ${input.join(', ')} → ${fields.names.join(', ')}`,
      create: eachProcessor(input, fn, fields.names),
      made: [fields],
      steady: steadinessOf(fn),
    })
  },
  filter: ({ input, function: keeps }, steps) => filter(input, keeps, steps),
  map: ({ function: fn, fields }, steps) =>
    steps.add({
      label: `map → ${fields.names.join(', ')}`,
      create: mapProcessor(fn, fields.names),
      made: [fields],
      steady: steadinessOf(fn),
    }),
  flatMap: ({ function: fn, fields }, steps) =>
    steps.add({
      label: `flatMap → ${fields.names.join(', ')}`,
      create: flatMapProcessor(fn, fields.names),
      made: [fields],
      steady: steadinessOf(fn),
    }),
  peek: ({ function: consumer }, steps) =>
    steps.add({ label: 'peek', create: peekProcessor(consumer), steady: 'always' }),
  project: ({ input }, steps) =>
    steps.add({ label: `project ${input.join(', ')}`, create: projectProcessor(input), steady: 'always' }),
}

function filter(input: readonly string[], keeps: PerTask<TridentFilter>, steps: Steps): GraphNode {
  const create = filterProcessor(keeps, input)
  return steps.add({ label: `filter ${input.join(', ')}`, create, steady: steadinessOf(keeps) })
}

/**
 * A plain function sees the tuple and nothing else; what is prepared for each task may see the number of its partition.
 */
function steadinessOf(operation: unknown): Steadiness {
  return typeof operation === 'function' ? 'always' : 'by partition'
}
