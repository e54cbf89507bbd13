/**
 * The chains of the states of a worker (`snapshots/chains.ts`), as they are in the last snapshot that is complete.
 *
 * A file is there as long as one range of it is named. So that a small state which nobody writes does not keep the old
 * files of a large one, it is written whole again when the large one is; together such states take no more than that.
 */
import { isWorthWhole } from '../../snapshots/chains.ts'
import { type Segment, segmentBytes } from '../../snapshots/manifest.ts'

export type Chain = readonly Segment[]

export class StateChains {
  readonly #chains: Map<string, Chain>
  /** Files of them are gone: everything is to be written again. */
  #areLost = false

  /** @param restored what the run goes on from */
  constructor(restored: ReadonlyMap<string, Chain>) {
    this.#chains = new Map(restored)
  }

  /** Which states are to be captured whole now. */
  due(): (state: string) => boolean {
    if (this.#areLost) return () => true
    const due = new Set([...this.#chains.keys()].filter((state) => isWorthWhole(this.of(state))))
    let room = segmentBytes([...due].flatMap((state) => this.of(state)))
    if (room === 0) return () => false
    const others = [...this.#chains].filter(([state]) => !due.has(state))
    const byBytes = others.map(([state, chain]) => [state, segmentBytes(chain)] as const).sort(([, a], [, b]) => a - b)
    for (const [state, bytes] of byBytes) {
      room -= bytes
      if (room < 0) break
      due.add(state)
    }
    return (state) => due.has(state)
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
