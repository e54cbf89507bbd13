/** How an emit of a child is read, whatever it leaves out. */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { EmitJson } from './messages.ts'
import { shown } from './shown.ts'

/** An emit, with what it left out. */
export interface Emit {
  readonly values: readonly unknown[]
  readonly stream: string | undefined
  /** 0: not direct. */
  readonly task: number
  readonly wantsTaskIds: boolean
}

/** Hot. @throws CHILD_PROTOCOL where it makes no sense */
export function readEmit({ tuple = [], stream, task, need_task_ids }: EmitJson): Emit {
  if (!Array.isArray(tuple)) throw broken(`the tuple of an emit must be a list, not ${shown(tuple)}`)
  if (stream !== undefined && stream !== null && typeof stream !== 'string')
    throw broken(`the stream of an emit must be a text, not ${shown(stream)}`)
  const target = Number(task ?? 0)
  if (!Number.isSafeInteger(target)) throw broken(`the task of an emit must be a number, not ${shown(task)}`)
  const wantsTaskIds = target === 0 && need_task_ids !== false
  return { values: tuple, stream: (stream ?? undefined) as string | undefined, task: target, wantsTaskIds }
}

/** An error for a child that says what it must not say. */
export function broken(what: string): TyphoonError {
  return new TyphoonError('CHILD_PROTOCOL', what)
}
