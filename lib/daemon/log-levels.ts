/**
 * The levels at which the components of a run log, where somebody has said others than the configuration. One that was
 * said for a while ends by itself; a worker that starts meanwhile gets those that still hold.
 */
import type { LevelWanted } from '../messaging/control.ts'
import type { Timers } from '../util/time/timers.ts'

/** A level of one component, or of all. */
export interface TimedLevel extends LevelWanted {
  /** So long it holds, milliseconds; until another is said unless given. */
  readonly forMs?: number
}

export class LogLevels {
  readonly #timers: Timers
  readonly #tell: (levels: readonly LevelWanted[]) => void
  #levels: readonly LevelWanted[] = []
  #cancels: readonly (() => void)[] = []

  /** @param tell says to all workers what holds now */
  constructor(timers: Timers, tell: (levels: readonly LevelWanted[]) => void) {
    this.#timers = timers
    this.#tell = tell
  }

  /** What holds now. */
  get all(): readonly LevelWanted[] {
    return this.#levels
  }

  /** From now on; those from before count no more. */
  set(levels: readonly TimedLevel[]): void {
    for (const cancel of this.#cancels) cancel()
    const timed = levels.map(({ forMs, ...wanted }) => ({ forMs, wanted }))
    this.#cancels = timed.flatMap(({ forMs, wanted }) =>
      forMs === undefined ? [] : [this.#timers.after(forMs, () => this.#change(without(this.#levels, wanted)))],
    )
    this.#change(timed.map(({ wanted }) => wanted))
  }

  #change(levels: readonly LevelWanted[]): void {
    this.#levels = levels
    this.#tell(levels)
  }
}

function without<T>(all: readonly T[], one: T): T[] {
  return all.filter((other) => other !== one)
}
