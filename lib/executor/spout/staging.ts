/**
 * What the nimbus orders about the staged roots of one spout task during an inquest (`trials.ts`): let some go, go on,
 * fail one, or send all at the end. Staged roots count as pending, so the task never has more in flight than it may,
 * however they leave.
 */
import type { WorkerId } from '../../tuple/ids.ts'
import type { SpoutCollector } from './spout-collector.ts'
import type { Staged, Trials } from './trials.ts'
import type { Verdicts } from './verdicts.ts'

export class Staging {
  readonly #collector: SpoutCollector
  readonly #verdicts: Verdicts
  readonly #wake: () => void

  constructor(collector: SpoutCollector, verdicts: Verdicts, wake: () => void) {
    this.#collector = collector
    this.#verdicts = verdicts
    this.#wake = wake
  }

  /** From now on what is emitted is staged and leaves by `letGo`; or no longer. */
  setTrials(trials: Trials | undefined): void {
    const before = this.#collector.trials
    if ((before === undefined) === (trials === undefined)) return
    this.#collector.trials = trials
    for (const root of before?.takeAll() ?? []) this.#send(root)
    this.#wake()
  }

  /** The first staged roots leave. */
  letGo(trial: number, count: number): void {
    this.#collector.trials?.letGo(trial, count, (root) => this.#send(root))
    this.#wake()
  }

  /** What was let go in this trial is waited for no longer. */
  goOn(trial: number): void {
    this.#collector.trials?.goOn(trial)
    this.#wake()
  }

  /** The first staged root kills that worker, if it is the one of these names: it fails without having been sent. */
  condemn(worker: WorkerId, names: readonly string[], how: string): void {
    const root = this.#collector.trials?.condemned(names)
    if (root !== undefined)
      this.#verdicts.failUnsent(root.messageId, { kind: 'worker lost', worker, poison: true, error: how })
    this.#wake()
  }

  #send(root: Staged): number | undefined {
    try {
      return this.#collector.sendStaged(root)
    } catch (error) {
      this.#verdicts.failUnsent(root.messageId, this.#verdicts.reasonOf(error))
      return undefined
    }
  }
}
