/** `chainedAgg() … chainEnd()`: several aggregators over the same tuples, their results side by side. */

import { Fields as FieldNames, type Fields, TyphoonError } from '../../index.ts'
import { type AggregateStep, chainedAggregate } from '../aggregate/aggregate.ts'
import { type CombineStep, combineChain, partialChain } from '../aggregate/combine.ts'
import { isCombiner } from '../aggregate/fold.ts'
import type { AnyAggregator, PerTask } from '../model/operation.ts'
import { checkOperation, checkOutputs } from './check-operation.ts'
import type { AggregateFits } from './fits.ts'
import { Stream } from './stream.ts'
import { addStep, appended, checkFields, type NewStep } from './wiring.ts'

/** A chain of aggregators that is being written. */
export class ChainedAggregate<Row, Out = unknown> {
  readonly #stream: Stream<Row>
  readonly #group: readonly string[] | undefined
  readonly #steps: readonly AggregateStep[]
  /** By step. */
  readonly #made: readonly Fields[]

  /** @internal */
  constructor(
    stream: Stream<Row>,
    group: readonly string[] | undefined,
    steps: readonly AggregateStep[] = [],
    made: readonly Fields[] = [],
  ) {
    this.#stream = stream
    this.#group = group
    this.#steps = steps
    this.#made = made
  }

  /** One more aggregator. @throws UNKNOWN_FIELD */
  aggregate<K extends keyof Row & string, A extends PerTask<AnyAggregator<any, Pick<Row, K>>>, More>(
    inputFields: readonly K[],
    aggregator: A,
    outFields: Fields<More> & AggregateFits<A, More>,
  ): ChainedAggregate<Row, Out & More> {
    checkFields(this.#stream.fields, inputFields, 'chainedAgg')
    checkOperation(aggregator, 'aggregator', 'chainedAgg')
    checkOutputs(outFields, 'chainedAgg')
    const step = { inputFields, aggregator, outFields: outFields.names }
    return new ChainedAggregate(this.#stream, this.#group, [...this.#steps, step], [...this.#made, outFields])
  }

  /**
   * The results, one row or more for each batch, or for each group of it. Combiners begin before anything is sent, if
   * all are combiners.
   */
  chainEnd(): Stream<Out> {
    if (this.#steps.length === 0)
      throw new TyphoonError('BAD_ARGUMENT', 'chainedAgg: there is no aggregator in it', {
        where: { operation: 'chainedAgg' },
      })
    const names = this.#steps.flatMap(({ outFields }) => outFields)
    const outputs = appended(this.#group ?? [], new FieldNames(names))
    const label = `${names.join(', ')}${this.#group === undefined ? '' : ` by ${this.#group.join(', ')}`}`
    const create = chainedAggregate(this.#steps, this.#group)
    const whole: NewStep = { label: `aggregate ${label}`, create, outputs, made: this.#made }
    if (!this.#steps.every(({ aggregator }) => isCombiner(aggregator)))
      return then(repartition(this.#stream, this.#group), whole)
    const steps = this.#steps as readonly CombineStep[]
    const partial = then(this.#stream, {
      label: `combine ${label}`,
      create: partialChain(this.#group, steps),
      outputs,
      steady: 'always',
    })
    return then(repartition(partial, this.#group), {
      ...whole,
      create: combineChain(this.#group, steps),
      steady: 'always',
    })
  }
}

function repartition(stream: Stream<any>, group: readonly string[] | undefined): Stream<any> {
  return group === undefined ? stream.batchGlobal() : stream.partitionBy(group)
}

function then(stream: Stream<any>, step: NewStep): Stream<any> {
  return new Stream({ ...stream.place, node: addStep(stream.place, step) })
}
