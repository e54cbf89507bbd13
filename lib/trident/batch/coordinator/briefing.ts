/**
 * What a coordinator tells the tasks of its spouts before a batch, so that they need not look anything up: their
 * partitions, where these are, and what of a transactional spout is to be emitted again.
 *
 * As a rule a batch follows the one that was begun just before it, and then the tasks know all that themselves. Where
 * it does not, after a failure or at the beginning, they get everything; and also what has changed: a list, or that a
 * batch was emitted before. Briefs are numbered, and each batch says which one it rests on. A task that lacks it, since
 * its worker was started anew, fails the batch, and that costs no attempt.
 */
import type { BriefItem, BriefValues } from '../exchange/brief.ts'
import type { EmissionOf } from '../exchange/emission-record.ts'
import { type Item, inPieces } from '../exchange/pieces.ts'
import type { Partitions } from '../metadata/partitions.ts'

/** A spout that gets briefs. */
export interface BriefedSpout {
  readonly txId: string
  /** Its tasks, by their numbers among those of the spout. */
  readonly tasks: readonly number[]
  /** A batch that was emitted before is emitted again as it was. */
  readonly replays: boolean
  /** Undefined where it has no partitions. */
  partitions(): Partitions | undefined
}

/** What is known of the batches, and where. */
export interface KnownBatches {
  /** What the tasks of a spout have emitted into a batch at an earlier attempt. */
  emissions(txid: number, spout: string): readonly EmissionOf[]
  /** Where partitions are before a batch; all of them where none are named. */
  positionsBefore(txid: number, spout: string, names?: readonly string[]): ReadonlyMap<string, unknown>
}

export class Briefing {
  readonly #spouts: readonly BriefedSpout[]
  readonly #batches: KnownBatches
  readonly #frameBytes: number
  readonly #send: (task: number, values: BriefValues) => void
  #number: number
  /** The tasks know where they are after this batch; undefined where that is not known. */
  #after: number | undefined
  /** The partitions of each spout in the last brief. */
  readonly #told = new Map<string, readonly string[]>()

  /** @param first number of the first brief; greater than those of all coordinators before */
  constructor(
    spouts: readonly BriefedSpout[],
    batches: KnownBatches,
    first: number,
    frameBytes: number,
    send: (task: number, values: BriefValues) => void,
  ) {
    this.#spouts = spouts
    this.#batches = batches
    this.#number = first
    this.#frameBytes = frameBytes
    this.#send = send
  }

  /** Something has failed: what the tasks know is not sure any more. */
  forget(): void {
    this.#after = undefined
  }

  /** The batch goes on where the one begun before it ends; else all before it must be processed when it begins. */
  follows(txid: number): boolean {
    return this.#after === txid - 1
  }

  /** Tells what a batch rests on, if anything is new. @returns the number of its brief */
  tell(txid: number): number {
    const whole = !this.follows(txid)
    const hasNews = this.#spouts.some(({ txId, replays, partitions }) => {
      const isAgain = replays && this.#batches.emissions(txid, txId).length > 0
      return isAgain || partitions()?.listed !== this.#told.get(txId)
    })
    if (whole || hasNews) {
      this.#number++
      for (const spout of this.#spouts) this.#tell(txid, spout, whole)
    }
    this.#after = txid
    return this.#number
  }

  #tell(txid: number, spout: BriefedSpout, whole: boolean): void {
    const { txId, tasks, replays } = spout
    const partitions = spout.partitions()
    const listed = partitions?.listed ?? []
    const told = new Set(this.#told.get(txId))
    const fresh = whole ? undefined : listed.filter((name) => !told.has(name))
    const positions = partitions === undefined ? NONE : this.#batches.positionsBefore(txid, txId, fresh)
    const records = replays ? this.#batches.emissions(txid, txId) : []
    const lists = tasks.map((): BriefItem[] => [])
    for (const name of listed) lists[partitions!.taskOf(name, tasks.length)]!.push(['at', name, positions.get(name)])
    for (const [index, task] of tasks.entries()) {
      const record = records.find((one) => one.task === index)
      const items = [...lists[index]!, ...againOf(record)] as (BriefItem & Item)[]
      const pieces = inPieces(items, this.#frameBytes)
      for (const [piece, some] of pieces.entries())
        this.#send(task, [this.#number, piece, pieces.length, whole, record !== undefined, some])
    }
    if (partitions !== undefined) this.#told.set(txId, listed)
  }
}

const NONE: ReadonlyMap<string, unknown> = new Map()

function againOf(record: EmissionOf | undefined): BriefItem[] {
  return Object.entries(record?.partitions ?? {}).flatMap(([name, metas]) =>
    metas.map((meta) => ['again', name, meta] as const),
  )
}
