/** Says when a round takes longer than rounds are to be apart: once, until one was in time again. */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { WorkerId } from '../../tuple/ids.ts'
import type { Clock } from '../../util/time/clock.ts'

/** A round that is shorter is not late, however near to each other they are to be. */
const SHORTEST_MS = 1000

export class Lateness {
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #report: (problem: Problem) => void
  #isLate = false
  #cancel: () => void = () => {}

  constructor(clock: Clock, intervalMs: number, report: (problem: Problem) => void) {
    this.#clock = clock
    this.#limitMs = Math.max(intervalMs, SHORTEST_MS)
    this.#report = report
  }

  begins(snapshot: number): void {
    this.ends()
    const wasLate = this.#isLate
    this.#isLate = false
    this.#cancel = this.#clock.after(this.#limitMs, () => {
      this.#isLate = true
      if (!wasLate) this.#report(late(snapshot, this.#limitMs))
    })
  }

  /** The round is over, however it ended. */
  ends(): void {
    this.#cancel()
  }
}

function late(snapshot: number, limitMs: number): Problem {
  return {
    code: 'SNAPSHOT_LATE',
    message: `snapshot ${snapshot} takes longer than ${limitMs} ms, and the next one waits for it`,
    where: {},
    hint: 'raise topology.state.checkpoint.interval.ms, or look at the disk, and at commits of sinks',
  }
}

/** What there is to say where workers do not commit. @param left which ones */
export function uncommitted(snapshot: number, left: readonly WorkerId[]): Problem {
  return {
    code: 'SNAPSHOT_LATE',
    message: `what was written up to snapshot ${snapshot} is not committed by worker ${left.join(', ')}`,
    where: left.length === 1 ? { worker: left[0]! } : {},
    hint: 'look at the sinks there: does what they write to answer?',
  }
}
