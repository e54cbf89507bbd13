/**
 * What becomes of a tuple that is given up where a tuple is atomic: a letter to the bolt that writes the dead letters.
 * It is a tuple like any other, leaves in the place of the effects that the execution does not have, and its line is
 * written with the commit of a snapshot; so each letter stands in the file once, whatever is lost meanwhile. What a
 * spout gives up that it has not emitted goes the same way: its position and its letter are of one snapshot.
 */
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import type { Unemitted } from '../../topology/component/collectors.ts'
import type { FailReason } from '../../topology/component/failure/fail-reason.ts'
import { isPermanent } from '../../topology/component/failure/permanent-error.ts'
import type { ComponentId, TaskId } from '../../tuple/ids.ts'
import { Tuple, type TupleSource } from '../../tuple/tuple.ts'
import { copyOf } from '../../values/copy.ts'
import { show } from '../../values/show.ts'
import type { Emitter } from './emitter.ts'

/** Where the letters of a task go, and as what they come. */
export interface LetterRoute {
  readonly target: TaskId
  readonly source: TupleSource
}

/** What is sent of a tuple that is given up. */
export interface GivenUpTuple extends Unemitted {
  /** Where it came from. */
  readonly component: ComponentId
  readonly task: TaskId
}

/** The task that gives it up. */
interface GivingUp {
  readonly component: ComponentId
  readonly task: TaskId
}

/** @param error of the last attempt */
export function letterOf({ component, task }: GivingUp, tuple: Tuple, attempts: number, error: unknown): GivenUpTuple {
  const values = (tuple.values as readonly unknown[]).map((value, index) => [
    tuple.fields.names[index] ?? `#${index}`,
    value,
  ])
  return {
    component: tuple.sourceComponent,
    task: tuple.sourceTask,
    stream: tuple.sourceStream,
    messageId: null,
    values: Object.fromEntries(values),
    reason: reasonOf(component, task, error),
    attempts,
  }
}

/** Sends it. */
export function postLetter({ target, source }: LetterRoute, emitter: Emitter, letter: GivenUpTuple): void {
  const post = (change: (value: unknown) => unknown): void => {
    const values = Object.entries(letter.values).map(([name, value]) => [name, change(value)])
    const sent = { ...letter, messageId: change(letter.messageId), values: Object.fromEntries(values) }
    emitter.deliver(target, new Tuple([sent], source, 0, 0, 0, 0, 0, undefined))
  }
  try {
    post(copyOf)
  } catch {
    // It came within this worker, and cannot leave it as it is.
    post(show)
  }
}

function reasonOf(component: ComponentId, task: TaskId, error: unknown): FailReason {
  if (error instanceof TyphoonError && error.code === 'POISON_TUPLE')
    return { kind: 'worker lost', worker: error.where.worker!, poison: true, error: error.message }
  return {
    kind: 'explicit',
    component,
    task,
    error: messageOf(error),
    ...(error instanceof TyphoonError ? { code: error.code } : {}),
    ...(isPermanent(error) ? { permanent: true as const } : {}),
  }
}
