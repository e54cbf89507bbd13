/** Who was asked for one thing so far, and why none of them has done it. */
import { ofAll } from './refusal.ts'

export class Asking {
  readonly patienceMs: number
  /** By server what it has said last, or why it has not answered. */
  readonly #failures = new Map<string, unknown>()
  /** In this round. */
  #asked = new Set<string>()
  #rounds = 1
  /** It runs from the first failure on: what is done may take long. */
  #until: number | undefined

  constructor(patienceMs: number) {
    this.patienceMs = patienceMs
  }

  get seconds(): number {
    return this.patienceMs / 1000
  }

  failed(server: string, error: unknown): void {
    this.#failures.set(server, error)
    this.#asked.add(server)
    this.#until ??= Date.now() + this.patienceMs
  }

  /** Whether it is still to be asked in this round. */
  isLeft(server: string): boolean {
    return !this.#asked.has(server)
  }

  get isFirstRound(): boolean {
    return this.#rounds === 1
  }

  beginRound(): void {
    this.#asked = new Set()
    this.#rounds++
  }

  /** Whether patience is. */
  get isOver(): boolean {
    return this.#until !== undefined && Date.now() >= this.#until
  }

  /** Why nobody has done it. */
  get why(): unknown {
    return ofAll(this.#failures)
  }
}
