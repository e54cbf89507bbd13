/** How long the last batches took, from their begin to their commit: what a coordinator tells when it is closed. */
const KEPT = 1000

export class Durations {
  readonly #ms = new Float64Array(KEPT)
  #count = 0

  /** How many were added. */
  get count(): number {
    return this.#count
  }

  add(ms: number): void {
    this.#ms[this.#count++ % KEPT] = ms
  }

  inWords(): string {
    const kept = Math.min(this.#count, KEPT)
    const sorted = this.#ms.slice(0, kept).sort()
    const at = (part: number): string => `${sorted[Math.floor((kept - 1) * part)]!.toFixed(1)} ms`
    return `${this.#count} batches with rows; the last ${kept} took ${at(0.5)} (p50), ${at(0.99)} (p99) from begin to commit`
  }
}
