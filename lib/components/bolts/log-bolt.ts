/** Logs what it gets. */
import { BasicBolt, DEFAULT_STREAM, type TaskContext, type Tuple } from '../../index.ts'
import { show } from '../../values/show.ts'

/** Logs each tuple on one line, level info: where it comes from, and its values by field. */
export class LogBolt extends BasicBolt {
  #context!: TaskContext

  override prepare(context: TaskContext): void {
    this.#context = context
  }

  override execute(tuple: Tuple): void {
    const { sourceComponent, sourceStream } = tuple
    const source = sourceStream === DEFAULT_STREAM ? sourceComponent : `${sourceComponent}.${sourceStream}`
    this.#context.log('info', `${source} ${show(tuple.toObject())}`)
  }
}
