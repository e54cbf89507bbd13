/**
 * Emits given tuples in the place of a spout, through whatever happens to its worker: what failed is emitted again, and
 * a task that begins anew goes on where it was. So what is lost behind it is not its fault.
 */
import { type KeptRoot, ReliableSpout } from '../../components/reliability/reliable-spout.ts'
import type { Outputs, Positions, SpoutOutputCollector, TaskContext } from '../../index.ts'
import type { FixedTuple } from '../cluster/spouts.ts'

export class GivenSpout extends ReliableSpout<any, number> {
  override readonly outputs
  readonly #tuples: readonly FixedTuple[]
  #next = 0
  /** Below it all are acked, or given up. */
  #low = 0
  readonly #done = new Set<number>()

  constructor(tuples: readonly FixedTuple[], outputs: Outputs) {
    super()
    this.#tuples = tuples
    this.outputs = outputs
  }

  override open(context: TaskContext, collector: SpoutOutputCollector<any, KeptRoot<number>>): void {
    super.open(context, collector)
    this.#low = (context.checkpointed as number | undefined) ?? context.taskIndex
    this.#next = this.#low
  }

  override position(): Positions {
    return { [this.context.taskIndex]: this.#next }
  }

  override seek(positions: Positions): void {
    this.#next = positions[this.context.taskIndex] as number
  }

  protected override produce(): void {
    const tuple = this.#tuples[this.#next]
    if (tuple === undefined) return
    const id = this.#next
    this.#next += this.#step
    if ('stream' in tuple) this.emit(tuple.values, id, tuple.stream)
    else this.emit(tuple, id)
  }

  protected override isInputExhausted(): boolean {
    return this.#next >= this.#tuples.length
  }

  protected override onAcked(id: number): void {
    this.#done.add(id)
    while (this.#done.delete(this.#low)) this.#low += this.#step
    this.context.checkpoint(this.#low)
  }

  protected override onDeadLettered(id: number): void {
    this.onAcked(id)
  }

  get #step(): number {
    return this.context.tasksOf().length
  }
}
