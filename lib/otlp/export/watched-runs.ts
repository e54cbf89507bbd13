/** Which runs are there now, and what becomes of the roots that are followed in them. */
import { randomBytes } from 'node:crypto'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { Trace } from '../../tracing/trace.ts'

/** The tuple trees of a run, as far as they are sent; each method throws NO_ROOTS where there are none. */
export interface TracedRun {
  readonly status: { readonly sample: number }
  follow(sample: number): void
  /** @returns ends it */
  watch(onTraces: (traces: readonly Trace[], leftOut: number) => void): () => void
}

/** A topology, and its run. */
export interface WatchedTopology {
  readonly name: string
  /** The same object for the same run; undefined where none is under way. */
  readonly run: { readonly tracing: TracedRun | undefined } | undefined
}

/** What has its verdict. */
export interface Watched {
  readonly topology: string
  /** 16 hexadecimal digits that no other run has. */
  readonly run: string
  readonly traces: readonly Trace[]
  readonly leftOut: number
}

/** The part of the roots that is followed where nobody says another. */
const SAMPLE = 1 / 128
const ID_BYTES = 8

export class WatchedRuns {
  readonly #ratio: number | undefined
  readonly #onWatched: (watched: Watched) => void
  readonly #ends = new Map<object, () => void>()

  /** @param ratio the part of the roots; undefined: as the configuration of each topology says */
  constructor(ratio: number | undefined, onWatched: (watched: Watched) => void) {
    this.#ratio = ratio
    this.#onWatched = onWatched
  }

  /** These are there now. */
  see(topologies: readonly WatchedTopology[]): void {
    const present = new Set<object>()
    for (const { name, run } of topologies) {
      if (run?.tracing === undefined) continue
      present.add(run)
      if (!this.#ends.has(run)) this.#ends.set(run, this.#watch(name, run.tracing))
    }
    for (const [run, end] of this.#ends)
      if (!present.has(run)) {
        this.#ends.delete(run)
        end()
      }
  }

  #watch(topology: string, tracing: TracedRun): () => void {
    try {
      if (this.#ratio === 0) return () => {}
      if (this.#ratio !== undefined) tracing.follow(this.#ratio)
      else if (tracing.status.sample === 0) tracing.follow(SAMPLE)
      const run = randomBytes(ID_BYTES).toString('hex')
      return tracing.watch((traces, leftOut) => this.#onWatched({ topology, run, traces, leftOut }))
    } catch (error) {
      // There are no roots at exactly-once.
      if (!(error instanceof TyphoonError) || error.code !== 'NO_ROOTS') throw error
      return () => {}
    }
  }
}
