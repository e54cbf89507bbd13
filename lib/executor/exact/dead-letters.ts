/**
 * What becomes of a tuple that is given up where a tuple is atomic: a letter to the bolt that writes the dead letters.
 * It is a tuple like any other, leaves in the place of the effects that the execution does not have, and its line is
 * written with the commit of a snapshot; so each letter stands in the file once, whatever is lost meanwhile.
 */
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import type { FailReason } from '../../topology/component/failure/fail-reason.ts'
import { isPermanent } from '../../topology/component/failure/permanent-error.ts'
import type { ComponentId, TaskId } from '../../tuple/ids.ts'
import { Tuple, type TupleSource } from '../../tuple/tuple.ts'
import { copyOf } from '../../values/copy.ts'
import { show } from '../../values/show.ts'
import type { Emitter } from '../task/emitter.ts'

/** Where the letters of a task go, and as what they come. */
export interface LetterRoute {
  readonly target: TaskId
  readonly source: TupleSource
}

/** What is sent of a tuple that is given up. */
export interface GivenUpTuple {
  /** Where it came from. */
  readonly component: ComponentId
  readonly task: TaskId
  readonly stream: string
  /** By the names of its fields. */
  readonly values: Readonly<Record<string, unknown>>
  readonly reason: FailReason
  readonly attempts: number
}

/** The task that gives it up. */
interface GivingUp {
  readonly component: ComponentId
  readonly task: TaskId
  readonly emitter: Emitter
}

/** @param error of the last attempt */
export function postLetter(
  { target, source }: LetterRoute,
  { component, task, emitter }: GivingUp,
  tuple: Tuple,
  attempts: number,
  error: unknown,
): void {
  const reason: FailReason = {
    kind: 'explicit',
    component,
    task,
    error: messageOf(error),
    ...(error instanceof TyphoonError ? { code: error.code } : {}),
    ...(isPermanent(error) ? { permanent: true as const } : {}),
  }
  const place = { component: tuple.sourceComponent, task: tuple.sourceTask, stream: tuple.sourceStream }
  const post = (values: readonly unknown[]): void => {
    const named = Object.fromEntries(values.map((value, index) => [tuple.fields.names[index] ?? `#${index}`, value]))
    const letter: GivenUpTuple = { ...place, values: named, reason, attempts }
    emitter.deliver(target, new Tuple([letter], source, 0, 0, 0, 0, 0, undefined))
  }
  try {
    post(tuple.values.map((value) => copyOf(value)))
  } catch {
    // It came within this worker, and cannot leave it as it is.
    post(tuple.values.map((value) => show(value)))
  }
}
