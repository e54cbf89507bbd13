/** Hands on what it gets (apache/storm `examples/storm-perf/.../IdBolt.java`). */
import { BasicBolt, type BasicOutputCollector, Fields, type Outputs, type Tuple } from '../../index.ts'

/** Emits the values of each tuple again, under the field names that the constructor is given, one for each value. */
export class IdentityBolt<Row = any> extends BasicBolt<Row, Row> {
  declare readonly outputs: Outputs<Row>

  constructor(...names: (keyof Row & string)[]) {
    super()
    this.outputs = new Fields<Row>(names) as unknown as typeof this.outputs
  }

  override execute(tuple: Tuple<Row>, collector: BasicOutputCollector): void {
    collector.emit(tuple.values)
  }
}
