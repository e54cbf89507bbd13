/**
 * One run on its way through the table of `life.ts`.
 *
 * The law: one step after the other. What comes up during a step, also from a listener, has its turn after it.
 */

import type { RunStatus } from '../report/events.ts'
import { type Action, type Ending, LIFE, type LifeEvent, type Phase, transitionAt } from './life.ts'

/** What a run does at each action of the table. */
export type Actions = Readonly<Record<Action, () => void>>

export class LifeCycle {
  readonly #actions: Actions
  readonly #onStatus: (status: RunStatus) => void
  #phase: Phase = 'starting'
  #ending: Ending = 'completed'
  readonly #events: LifeEvent[] = []
  #isStepping = false

  constructor(actions: Actions, onStatus: (status: RunStatus) => void) {
    this.#actions = actions
    this.#onStatus = onStatus
  }

  get phase(): Phase {
    return this.#phase
  }

  get status(): RunStatus {
    return LIFE[this.#phase].status
  }

  /** How it ends, as far as that is known. */
  get ending(): Ending {
    return this.#ending
  }

  /** Whether an event would change anything now. */
  takes(event: LifeEvent): boolean {
    return transitionAt(this.#phase, event) !== undefined
  }

  on(event: LifeEvent): void {
    this.#events.push(event)
    if (this.#isStepping) return
    this.#isStepping = true
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#step(next)
    } finally {
      this.#isStepping = false
    }
  }

  #step(event: LifeEvent): void {
    const step = transitionAt(this.#phase, event)
    if (step === undefined) return
    const before = this.status
    this.#phase = step.to
    this.#ending = step.ending ?? this.#ending
    if (this.status !== before) this.#onStatus(this.status)
    for (const action of step.actions) this.#actions[action]()
  }
}
