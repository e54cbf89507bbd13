/** Who looks at the tuples of a topology of a service: they go on through all of its runs, until it is gone. */
import type { Run, TapLine, TapOptions } from '../../run/index.ts'

/** Hears of each tuple, and of those that were left out or could not be asked about. */
export type OnTapped = (shown: TapLine) => void

interface Follower {
  readonly options: TapOptions
  readonly onTapped: OnTapped
  readonly onEnd: () => void
  /** Ends it in the present run. */
  leave: () => void
}

export class TopologyTaps {
  readonly #followers = new Set<Follower>()
  #run: Run | undefined

  /** @param onEnd the topology is gone @returns ends it @throws what `Run.tap` throws, where it runs */
  open(options: TapOptions, onTapped: OnTapped, onEnd: () => void): () => void {
    const follower = { options, onTapped, onEnd, leave: this.#run?.tap(options, onTapped) ?? (() => {}) }
    this.#followers.add(follower)
    return () => {
      follower.leave()
      this.#followers.delete(follower)
    }
  }

  /** Another run begins. Its code may be another one, in which there is nothing more to look at for some. */
  begin(run: Run): void {
    this.#run = run
    for (const follower of this.#followers) {
      try {
        follower.leave = run.tap(follower.options, follower.onTapped)
      } catch {
        this.#followers.delete(follower)
        follower.onEnd()
      }
    }
  }

  /** The topology is gone. */
  end(): void {
    for (const { onEnd } of this.#followers) onEnd()
    this.#followers.clear()
  }
}
