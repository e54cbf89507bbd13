/** Logs what it gets. */
import { inspect } from 'node:util'
import { BasicBolt, DEFAULT_STREAM, type TaskContext, type Tuple } from '../index.ts'

/** Logs each tuple on one line, level info: where it comes from, and its values by field. */
export class LogBolt extends BasicBolt {
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  override execute(tuple: Tuple): void {
    const { sourceComponent, sourceStream } = tuple
    const source = sourceStream === DEFAULT_STREAM ? sourceComponent : `${sourceComponent}.${sourceStream}`
    this.#context.log('info', `${source} ${inspect(tuple.toObject(), { breakLength: Number.POSITIVE_INFINITY })}`)
  }
}
