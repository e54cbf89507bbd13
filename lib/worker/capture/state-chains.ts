/** The chains of the states of a worker (`snapshots/chains.ts`), as they are in the last snapshot that is complete. */
import { isWorthWhole } from '../../snapshots/chains.ts'
import type { Segment } from '../../snapshots/manifest.ts'

export type Chain = readonly Segment[]

export class StateChains {
  readonly #chains: Map<string, Chain>
  /** Files of them are gone: everything is to be written again. */
  #areLost = false

  /** @param restored what the run goes on from */
  constructor(restored: ReadonlyMap<string, Chain>) {
    this.#chains = new Map(restored)
  }

  /** Whether the state is to be captured whole. */
  isDue(state: string): boolean {
    return this.#areLost || isWorthWhole(this.of(state))
  }

  of(state: string): Chain {
    return this.#chains.get(state) ?? []
  }

  /** A snapshot is complete in which they stand so. */
  completed(written: ReadonlyMap<string, Chain>): void {
    for (const [state, chain] of written) this.#chains.set(state, chain)
    this.#areLost = false
  }

  lost(): void {
    this.#areLost = true
  }
}
