/**
 * Which transaction a coordinator may begin, and when: one that is owed or a new one, not too soon, not too many at
 * once, and only where the tasks of the spouts know, or can be told, where it begins. And whether what is owed is left
 * for the next run. It decides, and changes nothing but what it says of itself.
 */
import type { TaskContext } from '../../../index.ts'
import type { BatchFailures } from '../failure/batch-failures.ts'
import type { Retries } from '../failure/retries.ts'
import type { Owed } from './owed.ts'
import type { Pace } from './pace.ts'
import type { SpoutTasks } from './spout-tasks.ts'
import type { Transactions } from './transactions.ts'

/** What it decides by. */
export interface NextBatchParts {
  readonly context: Pick<TaskContext, 'now'>
  readonly transactions: Transactions
  readonly tasks: SpoutTasks
  readonly failures: BatchFailures
  readonly retries: Retries
  readonly owed: Owed
  readonly pace: Pace
  /** The most transactions in flight. */
  readonly maxPending: number
}

export class NextBatch {
  readonly #parts: NextBatchParts

  constructor(parts: NextBatchParts) {
    this.#parts = parts
  }

  /** The transaction that may begin now: one that is owed, or a new one. */
  get txid(): number | undefined {
    const { transactions, failures, owed, maxPending } = this.#parts
    const txid = transactions.nextToBegin(failures.isHunting ? 1 : maxPending)
    return txid !== undefined && owed.allows(txid) ? txid : undefined
  }

  /** Whether one may begin. Where it is time and as many as may be are in flight, batches grow. */
  mayBegin(): boolean {
    const { context, tasks, failures, retries, owed, pace } = this.#parts
    const isTime = failures.isHunting || pace.isTime(context.now())
    if (!isTime || !tasks.lists.mayUpdate) return false
    const { txid } = this
    if (txid !== undefined) return retries.mayBegin(txid) && this.#canTell(txid)
    if (owed.mayFollow) pace.late()
    return false
  }

  /**
   * The run is to end, and what is owed could not be committed in the time that there is. Spouts without partitions
   * could not emit it again in the next run.
   * @param isStuck the end of the next batch cannot be written
   * @returns whether it is left
   */
  leaves(isStuck = false): boolean {
    const { transactions, tasks, failures, retries, owed } = this.#parts
    if (!retries.isTimeUp || !owed.mayBeLeft) return false
    const cannotBegin = retries.isLeft(transactions.current) || !tasks.lists.mayUpdate
    const hasFailed = owed.size > 0 && transactions.size === 0 && cannotBegin && !failures.isHunting
    if (!hasFailed && !isStuck) return false
    owed.leave()
    return true
  }

  /** The spouts' tasks know where the batch begins, or can be briefed. */
  #canTell(txid: number): boolean {
    const { transactions, tasks } = this.#parts
    return tasks.know(txid) || transactions.areKnownBefore(txid)
  }
}
