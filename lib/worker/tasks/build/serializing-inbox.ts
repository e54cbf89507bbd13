/**
 * An inbox that sends every tuple through the codec first (`topology.testing.always.try.serialize`): finds what cannot
 * be sent.
 */
import { readTupleBatch } from '../../../codec/tuple-batch-reader.ts'
import { TupleBatchWriter } from '../../../codec/tuple-batch-writer.ts'
import { Inbox } from '../../../executor/task/inbox.ts'
import type { TaskId } from '../../../tuple/ids.ts'
import type { Tuple, TupleSource } from '../../../tuple/tuple.ts'

type Arguments = ConstructorParameters<typeof Inbox>

export class SerializingInbox extends Inbox {
  readonly #task: TaskId
  readonly #writer: TupleBatchWriter
  readonly #sourceOf: (task: TaskId, streamIndex: number) => TupleSource | undefined

  constructor(
    task: TaskId,
    maxFrameBytes: number,
    sourceOf: (task: TaskId, streamIndex: number) => TupleSource | undefined,
    ...rest: Arguments
  ) {
    super(...rest)
    this.#task = task
    this.#writer = new TupleBatchWriter({ maxFrameBytes })
    this.#sourceOf = sourceOf
  }

  /** @throws CANNOT_ENCODE, TUPLE_TOO_LARGE */
  override push(tuple: Tuple): void {
    this.#writer.add(this.#task, tuple)
    readTupleBatch(this.#writer.take()!, this.#sourceOf, (_, copy) => super.push(copy))
  }
}
