/** Why a root failed. Every failure has a reason; Storm's users have asked for it since STORM-521. */
import { CATALOGUE, type ErrorCode } from '../errors/catalogue.ts'
import type { ComponentId, TaskId, WorkerId } from '../tuple/ids.ts'
import { list, object, oneOf, type Shape, text, whole } from '../util/shape.ts'

/** Why a root failed: it timed out, a bolt failed it, or a worker was lost. */
export type FailReason =
  | {
      readonly kind: 'timeout'
      /**
       * The components that still held a tuple of the tree, as far as the acker can tell, from the spouts down: the
       * first one did, those after it may just have got tuples from it.
       */
      readonly waitingFor: readonly ComponentId[]
    }
  | {
      readonly kind: 'explicit'
      readonly component: ComponentId
      readonly task: TaskId
      /** Message of the error that the bolt threw or failed the tuple with. */
      readonly error?: string
      /**
       * Its code, where it is an error of Typhoon's: the child process of another language that had the tuple is gone,
       * for example.
       */
      readonly code?: ErrorCode
      /** The error says that another attempt would end in the same way: see `PermanentError`. */
      readonly permanent?: true
    }
  | {
      readonly kind: 'worker lost'
      /**
       * The worker whose process or link was lost, or that said nothing; 0 is the nimbus, which says which workers are
       * silent.
       */
      readonly worker?: WorkerId
      /** It was lost each time that it had this tuple, alone in the end: another attempt would end in the same way. */
      readonly poison?: true
      /** How it ended at the last of these times, with the file and the line where that is known. */
      readonly error?: string
    }

const SHAPES: Readonly<Record<FailReason['kind'], Shape>> = {
  timeout: object({ waitingFor: list(text()) }),
  explicit: object(
    { component: text(), task: whole(1) },
    { error: text(), code: oneOf(...Object.keys(CATALOGUE)), permanent: oneOf(true) },
  ),
  'worker lost': object({}, { worker: whole(0), poison: oneOf(true), error: text() }),
}

/** Whether a value that came from another process is a reason. */
export function isFailReason(value: unknown): value is FailReason {
  const kind = (value as { kind?: unknown } | null | undefined)?.kind
  return typeof kind === 'string' && Object.hasOwn(SHAPES, kind) && SHAPES[kind as FailReason['kind']](value)
}

/** A reason in one line. */
export function describeReason(reason: FailReason): string {
  switch (reason.kind) {
    case 'timeout':
      return reason.waitingFor.length === 0 ? 'timeout' : `timeout, not acked by ${reason.waitingFor.join(', ')}`
    case 'explicit':
      return `failed by ${reason.component} (task ${reason.task})${reason.error === undefined ? '' : `: ${reason.error}`}`
    case 'worker lost':
      if (reason.worker === 0) return 'timeout, while the nimbus said nothing'
      return `${reason.worker === undefined ? 'worker lost' : `worker ${reason.worker} lost`}${reason.poison === true ? ', each time that it had this tuple' : ''}${reason.error === undefined ? '' : `: ${reason.error}`}`
  }
}
