/**
 * Finds out that nothing is in flight any more, over all workers: rounds of questions and answers, after the
 * four-counter method (Mattern, "Algorithms for distributed termination detection", 1987).
 *
 * The law: a topology is quiet when two rounds in a row find every worker idle, with the same activity, and on every
 * link as many frames received as sent, and no root in flight but of what bolts hold until the end. One round is not
 * enough: a tuple may slip from a worker that was not asked yet to one that was.
 */

import type { FromWorker } from '../../messaging/control.ts'
import type { WorkerId } from '../../tuple/ids.ts'
import { backOff } from '../../util/time/back-off.ts'
import type { Clock } from '../../util/time/clock.ts'

/** A worker's answer to a round. */
export type Probed = Extract<FromWorker, { type: 'probed' }>

const FIRST_PAUSE_MS = 1
const MAX_PAUSE_MS = 50

export interface QuiescencePorts {
  readonly clock: Clock
  /** Asks every worker; false where not all of them can answer now. */
  ask(round: number): boolean
  /** @param activity how much all workers have emitted and executed in their lives */
  onQuiet(activity: number): void
}

export class Quiescence {
  readonly #ports: QuiescencePorts
  #workers: readonly WorkerId[] = []
  #round = 0
  #pauses = 0
  #before: string | undefined
  #answers = new Map<WorkerId, Probed>()
  #cancel: (() => void) | undefined

  constructor(ports: QuiescencePorts) {
    this.#ports = ports
  }

  /** Asks these workers, who must be all, until all is quiet, or until `cancel`. */
  watch(workers: readonly WorkerId[]): void {
    this.cancel()
    this.#workers = workers
    this.#pauses = 0
    this.#ask()
  }

  cancel(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#before = undefined
    this.#round++
  }

  answer(worker: WorkerId, probed: Probed): void {
    if (probed.round !== this.#round) return
    this.#answers.set(worker, probed)
    if (this.#answers.size === this.#workers.length) this.#judge()
  }

  #ask(): void {
    this.#round++
    this.#answers.clear()
    if (!this.#ports.ask(this.#round)) this.#askLater()
  }

  #askLater(): void {
    this.#before = undefined
    this.#cancel = this.#ports.clock.after(backOff(++this.#pauses, FIRST_PAUSE_MS, MAX_PAUSE_MS), () => this.#ask())
  }

  #judge(): void {
    const quiet = isQuiet(this.#answers)
    const fingerprint = quiet
      ? JSON.stringify([...this.#answers].sort(([a], [b]) => a - b).map(([, { activity }]) => activity))
      : undefined
    if (fingerprint === undefined) this.#askLater()
    else if (fingerprint === this.#before) {
      this.cancel()
      this.#ports.onQuiet([...this.#answers.values()].reduce((sum, { activity }) => sum + activity, 0))
    } else {
      this.#before = fingerprint
      this.#ask()
    }
  }
}

/** Roots in flight are those of tuples that bolts hold, where they hold some: nothing else is left that could be. */
function isQuiet(answers: ReadonlyMap<WorkerId, Probed>): boolean {
  const all = [...answers.values()]
  if (all.some(({ pending }) => pending > 0) && all.every(({ held }) => held === 0)) return false
  for (const [worker, { idle, sent }] of answers) {
    if (!idle) return false
    for (const { peer, frames } of sent) {
      const received = answers.get(peer)?.received.find((count) => count.peer === worker)
      if (received?.frames !== frames) return false
    }
  }
  return true
}
