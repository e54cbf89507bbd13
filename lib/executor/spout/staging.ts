/**
 * What the nimbus orders about the staged roots of one spout task during an inquest (`trials.ts`): let some go, go on,
 * fail one, or send all at the end. Staged roots count as pending, so the task never has more in flight than it may,
 * however they leave; and they leave only while the task is not held back, as what it emits at any other time.
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
    const isOn = before?.isOver === false
    if (isOn === (trials !== undefined)) return
    if (trials === undefined) before!.end()
    else {
      this.#collector.trials = trials
      for (let root = before?.take(); root !== undefined; root = before!.take()) trials.stage(root)
    }
    this.endTurn()
    this.#wake()
  }

  /** The end of a turn of the task: asks for what has gathered; once the inquest is over, it leaves unasked. */
  endTurn(): void {
    const { trials } = this.#collector
    if (trials === undefined || this.#collector.isHeldBack) return
    if (!trials.isOver) {
      trials.ask()
      return
    }
    // What a spout emits because one of them failed stands behind the others, and is not sent in this turn.
    for (let left = trials.size; left > 0 && !this.#collector.isHeldBack; left--) this.#send(trials.take()!)
    if (trials.size === 0) this.#collector.trials = undefined
  }

  /** The first staged roots leave, as many as there is room for. */
  letGo(trial: number, count: number): void {
    const isHeldBack = (): boolean => this.#collector.isHeldBack
    this.#collector.trials?.letGo(trial, count, isHeldBack, (root) => this.#send(root))
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
