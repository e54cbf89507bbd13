/** What a windowed bolt emits with: everything is anchored to the tuples of the window. */
import type { BasicOutputCollector, Emitted, OutputCollector, TaskId, Tuple } from '../../index.ts'

/** One for each window. */
export class WindowCollector implements BasicOutputCollector {
  readonly #collector: OutputCollector
  readonly #window: readonly Tuple[]
  readonly #anchors: readonly Tuple[] | undefined

  constructor(collector: OutputCollector, window: readonly Tuple[], anchors: readonly Tuple[] | undefined) {
    this.#collector = collector
    this.#window = window
    this.#anchors = anchors
  }

  emit(values: Emitted, stream?: string): readonly TaskId[] {
    return this.#collector.emit(this.#anchors, values, stream)
  }

  emitDirect(task: TaskId, values: Emitted, stream?: string): void {
    this.#collector.emitDirect(task, this.#anchors, values, stream)
  }

  resetTimeout(): void {
    for (const tuple of this.#window) this.#collector.resetTimeout(tuple)
  }

  reportError(error: unknown): void {
    this.#collector.reportError(error)
  }
}
