/**
 * What the tasks of the spouts have emitted into the batches that are not over, as they have noted it: pure, no store
 * and no tuples.
 *
 * The promises: of a batch the newest attempt is heard, also when it has failed; what comes of any other is void. Of
 * each task the last whole record stays until the next one, so that a batch can be emitted again as it was.
 */
import type { Emission, EmissionOf } from '../exchange/emission-record.ts'
import { emissionOf, type RecordNote, type SpoutNote } from '../exchange/spout-notes.ts'

/** What one task has noted of one batch. */
interface Known {
  readonly spout: string
  readonly task: number
  /** Pieces of the record that is coming, of this attempt. */
  coming: { readonly attempt: number; readonly items: RecordNote['items'][number][]; pieces: number } | undefined
  record: { readonly attempt: number; readonly emission: Emission } | undefined
}

interface Batch {
  attempt: number
  readonly byTask: Map<string, Known>
}

/** The number of what an earlier life of the coordinator has written. */
const EARLIER = -1

export class Emissions {
  readonly #batches = new Map<number, Batch>()

  /** Takes up what an earlier life has written. */
  restore(txid: number, records: readonly EmissionOf[]): void {
    const batch = this.#batch(txid)
    for (const { spout, task, ...emission } of records)
      known(batch, spout, task).record = { attempt: EARLIER, emission }
  }

  /** An attempt begins: of this batch no other one is heard from now on. */
  begin(txid: number, attempt: number): void {
    this.#batch(txid).attempt = attempt
  }

  note(note: SpoutNote): void {
    const batch = this.#batches.get(note.txid)
    if (batch?.attempt !== note.attempt) return
    const of = known(batch, note.spout, note.task)
    if (note.kind === 'record') take(of, note)
    else if (of.record !== undefined)
      of.record = { ...of.record, emission: { ...of.record.emission, suspect: note.suspect } }
  }

  /** What was emitted into a batch: by each task the last that is known of it. */
  of(txid: number, spout?: string): EmissionOf[] {
    return this.#records(txid, spout, () => true)
  }

  /** How many tasks have reported what they have emitted in the newest attempt of a batch. */
  heard(txid: number): number {
    return this.#newest(txid).length
  }

  /** Where the partitions of a spout are that were emitted from into batches before this one: the last meta of each. */
  positionsBefore(txid: number, spout: string): Map<string, unknown> {
    const positions = new Map<string, unknown>()
    const earlier = [...this.#batches.keys()].filter((one) => one < txid).sort((a, b) => a - b)
    for (const one of earlier)
      for (const { partitions } of this.#newest(one, spout))
        for (const [partition, metas] of Object.entries(partitions)) positions.set(partition, metas.at(-1))
    return positions
  }

  /** The batch is over. */
  forget(txid: number): void {
    this.#batches.delete(txid)
  }

  #newest(txid: number, spout?: string): EmissionOf[] {
    return this.#records(txid, spout, (attempt) => attempt === this.#batches.get(txid)?.attempt)
  }

  #records(txid: number, spout: string | undefined, isMeant: (attempt: number) => boolean): EmissionOf[] {
    const tasks = [...(this.#batches.get(txid)?.byTask.values() ?? [])]
    return tasks.flatMap(({ spout: name, task, record }) =>
      record !== undefined && (spout ?? name) === name && isMeant(record.attempt)
        ? [{ ...record.emission, spout: name, task }]
        : [],
    )
  }

  #batch(txid: number): Batch {
    let batch = this.#batches.get(txid)
    if (batch === undefined) {
      batch = { attempt: EARLIER - 1, byTask: new Map() }
      this.#batches.set(txid, batch)
    }
    return batch
  }
}

function known({ byTask }: Batch, spout: string, task: number): Known {
  const key = `${task}/${spout}`
  const found = byTask.get(key) ?? { spout, task, coming: undefined, record: undefined }
  byTask.set(key, found)
  return found
}

function take(of: Known, { attempt, piece, items, end }: RecordNote): void {
  if (piece === 0) of.coming = { attempt, items: [], pieces: 0 }
  const { coming } = of
  if (coming?.attempt !== attempt || coming.pieces !== piece) return
  for (const item of items) coming.items.push(item)
  coming.pieces++
  if (end === null) return
  of.record = { attempt, emission: emissionOf(coming.items, end) }
  of.coming = undefined
}

/**
 * Records of one spout and one batch under the tasks that their partitions belong to now: a run before may have had
 * more tasks, or fewer. Each task then has a record, and emits that again and nothing else.
 * @param taskOf the task that a partition belongs to
 */
export function regrouped(
  records: readonly EmissionOf[],
  tasks: number,
  taskOf: (partition: string) => number,
): readonly EmissionOf[] {
  const isRight = records.every(({ task, partitions }) =>
    Object.keys(partitions).every((name) => taskOf(name) === task),
  )
  const [first] = records
  if (first === undefined || (isRight && records.length === tasks)) return records
  const pieces = records.flatMap(({ partitions }) => Object.entries(partitions))
  const rows = records.reduce((sum, record) => sum + record.rows, 0)
  return Array.from({ length: tasks }, (_, task) => ({
    spout: first.spout,
    task,
    rows: task === 0 ? rows : 0,
    exhausted: false,
    partitions: Object.fromEntries(pieces.filter(([name]) => taskOf(name) === task)),
  }))
}
