/** What happened in a simulated run, beyond the death of any worker; and what must not have happened. */
export class Journal {
  /** Roots (spout, task, number) that were acked at least once. */
  readonly acked = new Set<string>()
  /** Verdicts in their order, with their time. */
  readonly verdicts: string[] = []
  /** Tasks of bolts that were told that the input has ended, `b0/1`. */
  readonly told = new Set<string>()
  /** Broken laws. */
  readonly violations: string[] = []
  /** How often a root was emitted, all attempts counted. */
  emitted = 0
  /** By bolt: the attempts that it has executed. */
  readonly #executed = new Map<string, Set<string>>()
  #attempts = 0

  /** A name for one more attempt at a root. */
  attemptAt(root: string): string {
    this.emitted++
    return `${root}#${++this.#attempts}`
  }

  executed(bolt: string, attempts: readonly string[]): void {
    let executed = this.#executed.get(bolt)
    if (executed === undefined) this.#executed.set(bolt, (executed = new Set()))
    for (const attempt of attempts) executed.add(attempt)
  }

  /** An attempt was acked: then every bolt that it had to come to has executed it. */
  ackedAttempt(attempt: string, mustHaveExecuted: readonly string[], now: number): void {
    this.verdicts.push(`${now} ack ${attempt}`)
    this.acked.add(rootOf(attempt))
    for (const bolt of mustHaveExecuted) {
      if (!this.#executed.get(bolt)?.has(attempt))
        this.violations.push(`${attempt} was acked before "${bolt}" had executed it`)
    }
  }

  toldOfTheEnd(bolt: string, taskIndex: number): void {
    this.told.add(`${bolt}/${taskIndex}`)
  }

  failedAttempt(attempt: string, reason: string, now: number): void {
    this.verdicts.push(`${now} fail ${attempt} ${reason}`)
  }
}

function rootOf(attempt: string): string {
  return attempt.slice(0, attempt.indexOf('#'))
}
