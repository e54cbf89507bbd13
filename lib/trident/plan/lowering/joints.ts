/** Operators that make one stream of several. */
import { join } from '../../aggregate/join.ts'
import { groupedMultiReduce, multiReduce } from '../../aggregate/multi-reduce.ts'
import type { ProcessorFactory } from '../../operation/processor.ts'
import type { JointOperator } from '../../program/operator.ts'
import { joinOf } from '../../program/outputs.ts'
import type { Lowerings } from './steps.ts'

const merge: ProcessorFactory = (context) => ({ execute: (batch, row) => context.emit(batch, row) })

export const JOINTS: Lowerings<JointOperator['op']> = {
  merge: (_, steps) => steps.add({ label: 'merge', create: merge, steady: 'always' }),
  join(operator, steps) {
    const spec = joinOf(
      operator,
      steps.inputs.map(({ outputs }) => outputs),
    )
    const label = `join ${operator.types.join(', ')} → ${steps.outputs.names.join(', ')}`
    const partitioned = steps.inputs.map((input, stream) => steps.gather(operator.on[stream]!, input))
    return steps.add({ label, create: join(spec), steady: 'always' }, partitioned)
  },
  multiReduce(operator, steps) {
    const { inputs, fields, groups } = operator
    const step = { label: `reduce → ${fields.names.join(', ')}`, made: [fields] }
    if (groups === undefined)
      return steps.add({ ...step, create: multiReduce(inputs, operator.function, fields.names) })
    const partitioned = steps.inputs.map((input, stream) => steps.gather(groups[stream]!, input))
    const create = groupedMultiReduce(groups, inputs, operator.function, fields.names)
    return steps.add({ ...step, create }, partitioned)
  },
}
