/**
 * The partitions of the spouts of a batch group, as their coordinators list them: looked at before each batch, written
 * down where they have changed. Where they cannot be listed, or one has gone that must not, no batch begins until that
 * is mended.
 */
import { messageOf, type TaskContext, TyphoonError } from '../../../index.ts'
import type { PartitionCoordinator } from '../../model/spout.ts'
import type { Metadata } from '../metadata/metadata.ts'
import type { Partitions } from '../metadata/partitions.ts'

/** A spout with partitions. */
export interface ListedSpout {
  readonly txId: string
  /** Its component, whose tasks all emit. */
  readonly component: string
  /** Partitions must not vanish, and a batch that was emitted before is emitted again as it was. */
  readonly isTransactional: boolean
  coordinator(context: TaskContext): PartitionCoordinator | Promise<PartitionCoordinator>
}

interface Listed {
  readonly spout: ListedSpout
  coordinator: PartitionCoordinator
  partitions: Partitions
  /** They were listed by this coordinator. */
  isKnown: boolean
}

const AGAIN_MS = 500
const TELL_AGAIN_MS = 60_000

export class PartitionLists {
  readonly #context: TaskContext
  readonly #metadata: Metadata
  readonly #report: (error: unknown) => void
  readonly #listed: Listed[] = []
  /** Why the partitions could not be listed the last time. */
  #failure: string | undefined
  #tellAgainAt = 0
  #againAt = 0

  constructor(context: TaskContext, metadata: Metadata, report: (error: unknown) => void) {
    this.#context = context
    this.#metadata = metadata
    this.#report = report
  }

  /** The partitions of a spout as last listed: another object where the list is another one. */
  partitionsOf(txId: string): Partitions | undefined {
    return this.#listed.find(({ spout }) => spout.txId === txId)?.partitions
  }

  /** Whether it is time to look: always, but for a while after they could not be listed. */
  get mayUpdate(): boolean {
    return this.#context.now() >= this.#againAt
  }

  /** Adds a spout, before the first batch. */
  async add(spout: ListedSpout): Promise<void> {
    const partitions = this.#metadata.partitionsOf(spout.txId)
    const coordinator = await spout.coordinator(this.#context)
    this.#listed.push({ spout, coordinator, partitions, isKnown: false })
  }

  isReady(txid: number): boolean {
    return this.#listed.every(({ coordinator }) => coordinator.isReady?.(txid) !== false)
  }

  /** Lists the partitions. A promise only where a spout needs one. @returns whether a batch may begin with them */
  update(): boolean | Promise<boolean> {
    try {
      const pending = this.#failure === undefined ? this.#list(0) : this.#listAnew()
      return (
        pending?.then(
          () => true,
          (error) => this.#failed(error),
        ) ?? true
      )
    } catch (error) {
      return this.#failed(error)
    }
  }

  async close(): Promise<void> {
    for (const { coordinator } of this.#listed) await coordinator.close?.()
  }

  /** Those of the spouts from the i-th on. */
  #list(from: number): Promise<void> | undefined {
    for (let index = from; index < this.#listed.length; index++) {
      const listed = this.#listed[index]!
      const partitions = listed.coordinator.getPartitionsForBatch()
      if (!(partitions instanceof Promise)) this.#note(listed, partitions)
      else
        return partitions.then((settled) => {
          this.#note(listed, settled)
          return this.#list(index + 1)
        })
    }
    return undefined
  }

  /** A coordinator may have listed its partitions once and for all. */
  async #listAnew(): Promise<void> {
    for (const listed of this.#listed) {
      await listed.coordinator.close?.()
      listed.coordinator = await listed.spout.coordinator(this.#context)
    }
    await this.#list(0)
    this.#failure = undefined
  }

  /** It is reported now, and repeated now and then. */
  #failed(error: unknown): false {
    const now = this.#context.now()
    const message = messageOf(error)
    if (this.#failure !== message || now >= this.#tellAgainAt) {
      this.#report(error)
      this.#tellAgainAt = now + TELL_AGAIN_MS
    }
    this.#failure = message
    this.#againAt = now + AGAIN_MS
    return false
  }

  #note(listed: Listed, partitions: readonly string[]): void {
    const { spout } = listed
    if (listed.isKnown && isSame(partitions, listed.partitions.listed)) return
    if (spout.isTransactional) checkPartitions(spout.txId, listed.partitions.listed, partitions)
    listed.partitions = this.#metadata.setPartitions(spout.txId, [...partitions])
    listed.isKnown = true
  }
}

/**
 * A partition that was listed before and is not listed now: rows of it may be in a batch that must be emitted again.
 */
export function checkPartitions(spout: string, before: readonly string[], now: readonly string[]): void {
  const left = new Set(now)
  const gone = before.filter((name) => !left.has(name))
  if (gone.length === 0) return
  const [first] = gone
  const others = gone.length === 1 ? '' : ` and ${gone.length - 1} more`
  throw new TyphoonError(
    'PARTITION_GONE',
    `the partition "${first}"${others} of the spout "${spout}" is no longer listed`,
    {
      hint: 'no new batch begins until it is back; its rows may be in a batch that was not committed',
    },
  )
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one === other || (one.length === other.length && one.every((name, index) => name === other[index]))
}
