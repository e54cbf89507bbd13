/** `chainedAgg() … chainEnd()`: several aggregators over the same tuples, their results side by side. */
import { EXPORT_INSTEAD } from '../../annex/export-instead.ts'
import type { Fields } from '../../index.ts'
import type { AnyAggregator, PerTask } from '../model/operation.ts'
import type { Aggregation } from '../program/operator.ts'
import { checkAggregation } from './declare.ts'
import type { AggregateFits } from './fits.ts'
import type { Name } from './row-stream.ts'
import type { Stream } from './stream.ts'
import { exportTopologyOf } from './whole.ts'

/** `chainedAgg() … chainEnd()`: several aggregators over the same tuples, their results side by side. */
export class ChainedAggregate<Row, Out = unknown> {
  /** @internal */
  readonly [EXPORT_INSTEAD] = exportTopologyOf('an aggregation of Trident that chainEnd() has not ended')
  readonly #stream: Stream<Row>
  readonly #groupBy: readonly string[] | undefined
  readonly #aggregations: readonly Aggregation[]

  /** @internal */
  constructor(stream: Stream<Row>, groupBy: readonly string[] | undefined, aggregations: readonly Aggregation[] = []) {
    this.#stream = stream
    this.#groupBy = groupBy
    this.#aggregations = aggregations
  }

  /** One more aggregator. @throws UNKNOWN_FIELD */
  aggregate<K extends Name<Row>, A extends PerTask<AnyAggregator<any, Pick<Row, K>>>, More>(
    inputFields: readonly K[],
    aggregator: A,
    outFields: Fields<More> & AggregateFits<A, More>,
  ): ChainedAggregate<Row, Out & More> {
    const aggregation = { function: aggregator, input: inputFields, fields: outFields }
    checkAggregation(this.#stream.fields, aggregation, 'chainedAgg')
    return new ChainedAggregate(this.#stream, this.#groupBy, [...this.#aggregations, aggregation])
  }

  /**
   * The results, one row or more for each batch, or for each group of it. Combiners begin before anything is sent, if
   * all are combiners.
   */
  chainEnd(): Stream<Out> {
    return this.#stream.after({ op: 'chainedAgg', aggregations: this.#aggregations, groupBy: this.#groupBy })
  }
}
