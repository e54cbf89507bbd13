/**
 * What one execution of a basic bolt emits with, for whoever hosts it over the collector of a `Bolt`: everything is
 * anchored to the input of the execution.
 *
 * The law: what is emitted when the execution is over is refused. It is reported as well, for in a timer nothing
 * catches what is thrown.
 */
import type { ComponentId, TaskId } from '../../../tuple/ids.ts'
import type { Emitted } from '../../../tuple/row.ts'
import type { Tuple } from '../../../tuple/tuple.ts'
import type { BasicOutputCollector, OutputCollector } from '../collectors.ts'
import { lateEmit, type Over } from './refused-emits.ts'

/** See above. */
export class AnchoredCollector implements BasicOutputCollector {
  readonly #collector: OutputCollector
  readonly #task: { readonly component: ComponentId; readonly task: TaskId }
  readonly #input: Tuple | undefined
  #over: Over | undefined

  /** @param input undefined for what belongs to no tuple */
  constructor(
    collector: OutputCollector,
    task: { readonly component: ComponentId; readonly task: TaskId },
    input: Tuple | undefined,
  ) {
    this.#collector = collector
    this.#task = task
    this.#input = input
  }

  /** The execution is over. */
  end(over: Over): void {
    this.#over = over
  }

  /** Hot. @throws LATE_EMIT and as the collector beneath */
  emit(values: Emitted, stream?: string): readonly TaskId[] {
    this.#refuseLate()
    return this.#collector.emit(this.#input, values, stream)
  }

  /** @throws LATE_EMIT and as the collector beneath */
  emitDirect(task: TaskId, values: Emitted, stream?: string): void {
    this.#refuseLate()
    this.#collector.emitDirect(task, this.#input, values, stream)
  }

  resetTimeout(): void {
    if (this.#input !== undefined) this.#collector.resetTimeout(this.#input)
  }

  reportError(error: unknown): void {
    this.#collector.reportError(error)
  }

  #refuseLate(): void {
    if (this.#over === undefined) return
    const error = lateEmit(this.#task, this.#over)
    this.reportError(error)
    throw error
  }
}
