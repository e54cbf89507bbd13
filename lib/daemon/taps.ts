/**
 * Who looks at the tuples of a run. All workers hear which taps there are, those that start later, too; a tap that ends
 * is told to them at once.
 */
import type { FromWorker, TappedTuple, TapWanted } from '../messaging/control.ts'
import type { WorkerId } from '../tuple/ids.ts'

/** What a tap has seen in one worker, and how many tuples were left out there since it was told last. */
export interface Tapped {
  readonly worker: WorkerId
  readonly tuples: readonly TappedTuple[]
  readonly leftOut: number
  /** Of so many the condition could not be asked; and why, of the first of them. */
  readonly failed?: number
  readonly why?: string
}

interface Open {
  readonly wanted: TapWanted
  readonly onTapped: (tapped: Tapped) => void
}

export class Taps {
  readonly #tell: (taps: readonly TapWanted[]) => void
  readonly #open = new Map<number, Open>()
  #last = 0

  /** @param tell says to all workers which there are now */
  constructor(tell: (taps: readonly TapWanted[]) => void) {
    this.#tell = tell
  }

  /** Those that there are now. */
  get all(): readonly TapWanted[] {
    return [...this.#open.values()].map(({ wanted }) => wanted)
  }

  /** @returns ends it */
  open(wanted: Omit<TapWanted, 'tap'>, onTapped: Open['onTapped']): () => void {
    const tap = ++this.#last
    this.#open.set(tap, { wanted: { ...wanted, tap }, onTapped })
    this.#tell(this.all)
    return () => {
      if (this.#open.delete(tap)) this.#tell(this.all)
    }
  }

  /** A worker has seen something; a tap may have ended meanwhile. */
  heard(worker: WorkerId, { tap, type: _, ...tapped }: Extract<FromWorker, { readonly type: 'tapped' }>): void {
    this.#open.get(tap)?.onTapped({ worker, ...tapped })
  }
}
