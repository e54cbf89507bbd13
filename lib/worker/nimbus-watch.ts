/**
 * Notices a nimbus that says nothing: its process was stopped, or cannot be reached. It answers every sign of life of a
 * worker that is ready. Meanwhile nobody tells the spouts which worker is silent, so what times out may be the doing of
 * one that is.
 *
 * The law: looks are counted, not time, as in `daemon/workers/silence.ts`.
 */

/** Looks without an answer after which the nimbus counts as silent; one at each sign of life of this worker. */
const UNANSWERED_LOOKS = 2

export class NimbusWatch {
  readonly #onChange: (silent: boolean) => void
  #looks = 0

  constructor(onChange: (silent: boolean) => void) {
    this.#onChange = onChange
  }

  /** Each time that the worker says that it lives, when what has come by then is read. */
  look(): void {
    if (++this.#looks === UNANSWERED_LOOKS) this.#onChange(true)
  }

  heard(): void {
    if (this.#looks >= UNANSWERED_LOOKS) this.#onChange(false)
    this.#looks = 0
  }
}
