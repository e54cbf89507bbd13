/**
 * What a task of a spout gets before a batch from its coordinator (`coordinator/briefing.ts`): as tuples to it alone,
 * in pieces that fit into frames.
 */

/** A piece of a brief for one task, as the stream `brief` has it. */
export type BriefValues = readonly [
  number: number,
  /** The number of the piece from 0 up, and how many there are. */
  piece: number,
  pieces: number,
  /** What the task knew before is void. */
  whole: boolean,
  /** The batch was emitted before, and is to be emitted again as it was. */
  again: boolean,
  items: readonly BriefItem[],
]

/** A partition that is listed, with its position; or a meta that is to be emitted again. */
export type BriefItem =
  | readonly ['at', partition: string, position: unknown]
  | readonly ['again', partition: string, meta: unknown]

/** A piece of a batch that was emitted before. */
export interface Again {
  readonly partition: string
  readonly meta: unknown
}

/** What a task gets before a batch. */
export interface Brief {
  readonly number: number
  readonly whole: boolean
  /**
   * The task's own that are listed, in their order, with their positions. Where the brief is not whole a position is
   * for callers that know none.
   */
  readonly partitions: readonly (readonly [partition: string, position: unknown])[]
  /** Undefined: the batch takes what comes next. */
  readonly again: readonly Again[] | undefined
}

/** The briefs that have come to a task, until the batches come that rest on them. */
export class BriefCase {
  readonly #coming = new Map<number, { whole: boolean; again: boolean; pieces: number; items: BriefItem[] }>()
  readonly #briefs = new Map<number, Brief>()

  /** A piece came. One without those before it is void: they were lost with a link. */
  add([number, piece, pieces, whole, again, items]: BriefValues): void {
    if (piece === 0) this.#coming.set(number, { whole, again, pieces: 0, items: [] })
    const coming = this.#coming.get(number)
    if (coming?.pieces !== piece) return
    for (const item of items) coming.items.push(item)
    coming.pieces++
    if (coming.pieces < pieces) return
    this.#coming.delete(number)
    this.#briefs.set(number, briefOf(number, whole, again, coming.items))
  }

  /** The brief of this number, once; older ones are void. */
  take(number: number): Brief | undefined {
    const brief = this.#briefs.get(number)
    for (const map of [this.#briefs, this.#coming])
      for (const older of map.keys()) if (older <= number) map.delete(older)
    return brief
  }
}

function briefOf(number: number, whole: boolean, again: boolean, items: readonly BriefItem[]): Brief {
  const partitions = items.flatMap(([kind, name, position]) => (kind === 'at' ? [[name, position] as const] : []))
  const pieces = items.flatMap(([kind, partition, meta]) => (kind === 'again' ? [{ partition, meta }] : []))
  return { number, whole, partitions, again: again ? pieces : undefined }
}
