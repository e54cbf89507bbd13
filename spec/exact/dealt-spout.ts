/** A spout whose rows are numbered and dealt out to its tasks, and which goes back to its position. */
import { type Positions, Spout, type SpoutOutputCollector, type TaskContext } from '../../lib/index.ts'

export abstract class DealtSpout<Out> extends Spout<Out> {
  readonly #limit: number
  #next = 0
  #context!: TaskContext
  #out!: SpoutOutputCollector<Out>

  /** @param limit how many rows all tasks have together */
  constructor(limit: number) {
    super()
    this.#limit = limit
  }

  protected abstract rowOf(n: number): Parameters<SpoutOutputCollector<Out>['emit']>[0]

  override open(context: TaskContext, out: SpoutOutputCollector<Out>): void {
    this.#context = context
    this.#out = out
    this.#next = context.taskIndex
  }

  nextTuple(): void {
    if (this.isExhausted() || this.#context.random() < 0.6) return
    this.#out.emit(this.rowOf(this.#next))
    this.#next += this.#context.tasksOf().length
  }

  override position(): Positions {
    return { [this.#context.taskIndex]: this.#next }
  }

  override seek(positions: Positions): void {
    this.#next = positions[this.#context.taskIndex] as number
  }

  override isExhausted(): boolean {
    return this.#next >= this.#limit
  }
}
