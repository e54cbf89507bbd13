/**
 * The tasks that got a tuple. A worker knows them when `emit` returns, a child process when its parent has answered; so
 * what asks for them in a way that holds in both waits:
 *
 *     const tasks = await taskIdsOf(collector, () => collector.emit(tuple, ['a value']))
 *
 * In a child process an `emit` outside of `taskIdsOf` returns an empty list.
 */
import type { BasicOutputCollector, OutputCollector, SpoutOutputCollector, TaskId } from '../../index.ts'

type Emit = () => readonly TaskId[]

/** What the collectors of a child can beside those of a worker. */
export interface AsksForTaskIds {
  /** @param emit is called, and its first emit asks for its tasks */
  askForTaskIds(emit: Emit): Promise<readonly TaskId[]>
}

/**
 * The tasks that got what `emit` emits with that collector, which must be one tuple.
 * @throws what `emit` throws
 */
export function taskIdsOf(
  collector: OutputCollector | BasicOutputCollector | SpoutOutputCollector,
  emit: Emit,
): Promise<readonly TaskId[]> {
  const child = collector as Partial<AsksForTaskIds>
  return child.askForTaskIds?.(emit) ?? Promise.resolve(emit())
}

/** The emits of a child whose task ids are still to come: the parent answers in the order of the emits. */
export class TaskIdRequests {
  readonly #onAsked: () => void
  readonly #waiting: ((ids: readonly TaskId[]) => void)[] = []
  /** Whether whoever emits now wants to know the tasks. */
  #areWanted = false
  #answer: Promise<readonly TaskId[]> | undefined

  constructor(onAsked: () => void) {
    this.#onAsked = onAsked
  }

  /** How many answers are still to come. */
  get size(): number {
    return this.#waiting.length
  }

  /** Like `AsksForTaskIds`. */
  ask(emit: Emit): Promise<readonly TaskId[]> {
    this.#areWanted = true
    try {
      const known = emit()
      return this.#answer ?? Promise.resolve(known)
    } finally {
      this.#areWanted = false
      this.#answer = undefined
    }
  }

  /** Sends an emit, which asks for its tasks or does not. Hot. */
  send(emit: (asks: boolean) => void): void {
    const asks = this.#areWanted
    emit(asks)
    if (!asks) return
    this.#areWanted = false
    this.#answer = new Promise((resolve) => this.#waiting.push(resolve))
    this.#onAsked()
  }

  /** @returns false if it was not asked for */
  answered(ids: readonly TaskId[]): boolean {
    const resolve = this.#waiting.shift()
    resolve?.(ids)
    return resolve !== undefined
  }
}
