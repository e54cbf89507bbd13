/**
 * Which partitions of the next segment get a row. All partitions but those of `broadcast` and `custom` get it alone.
 */
import type { CustomStreamGrouping, Fields, TaskContext, TaskId } from '../../../index.ts'
import { hashValue, slotOf } from '../../../values/hash.ts'
import { keyOf } from '../../../values/key.ts'
import type { BatchId } from '../../model/operation.ts'
import type { Batch, Row } from '../../operation/processor.ts'
import type { Repartition } from '../../plan/graph.ts'

/** The partition for a row, or several. Hot. */
export type Partitioner = (row: Row, batch: Batch) => number | readonly number[]

/** What a partitioner is made with. */
export interface PartitionerContext {
  readonly task: TaskContext
  readonly partitionIndex: number
  readonly stream: string
  readonly fields: Fields
  /** The tasks behind the partitions. */
  readonly targets: readonly TaskId[]
}

/** The partition that a whole batch goes to, and that speaks for it where no row came. */
export function partitionOfBatch(id: BatchId, count: number): number {
  return slotOf(hashValue(id), count)
}

/** The partition of a key, the same in every run. */
function partitionOfKey(key: string, count: number): number {
  return slotOf(hashValue(key), count)
}

export function makePartitioner(how: Repartition, context: PartitionerContext): Partitioner {
  const count = context.targets.length
  switch (how.type) {
    case 'shuffle':
      return roundRobin(everyOne(count), context)
    case 'local-or-shuffle': {
      const { targets, task } = context
      const near = everyOne(count).filter((index) => task.workerOf(targets[index]!) === task.worker)
      return roundRobin(near.length > 0 ? near : everyOne(count), context)
    }
    case 'broadcast': {
      const all = everyOne(count)
      return () => all
    }
    case 'global':
      return () => 0
    case 'batch-global':
      return (_, batch) => partitionOfBatch(batch.id, count)
    case 'identity':
      return () => context.partitionIndex % count
    case 'partition-by':
      return byKey(
        how.fields.map((name) => context.fields.indexOf(name)),
        count,
      )
    case 'custom':
      return byChoice(how.grouping(), context)
  }
}

function everyOne(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

function roundRobin(choice: readonly number[], { task }: PartitionerContext): Partitioner {
  let next = Math.floor(task.random() * choice.length)
  return () => {
    next = next + 1 < choice.length ? next + 1 : 0
    return choice[next]!
  }
}

function byKey(indexes: readonly number[], count: number): Partitioner {
  const [only, ...others] = indexes
  if (only !== undefined && others.length === 0) return (row) => partitionOfKey(keyOf([row[only]]), count)
  return (row) => partitionOfKey(keyOf(indexes.map((index) => row[index])), count)
}

function byChoice(grouping: CustomStreamGrouping, { task, stream, fields, targets }: PartitionerContext): Partitioner {
  const { component } = task
  grouping.prepare?.({ component, stream, fields: fields.names, task: task.task, targets, random: () => task.random() })
  return (row) => grouping.chooseTasks(task.task, row).map((chosen) => targets.indexOf(chosen))
}
