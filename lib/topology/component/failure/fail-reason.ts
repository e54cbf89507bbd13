/** Why a root failed. Every failure has a reason; Storm's users have asked for it since STORM-521. */
import { CATALOGUE, type ErrorCode } from '../../../errors/catalogue.ts'
import { messageOf, TyphoonError } from '../../../errors/typhoon-error.ts'
import { list, object, oneOf, type Shape, type Tagged, tagged, text, whole } from '../../../shape/guards.ts'
import { type ComponentId, NIMBUS, type TaskId, type WorkerId } from '../../../tuple/ids.ts'
import { isPermanent } from './permanent-error.ts'

const REASONS = {
  timeout: object({
    /**
     * The components that still held a tuple of the tree, as far as the acker can tell, from the spouts down: the first
     * one did, those after it may just have got tuples from it.
     */
    waitingFor: list(text() as Shape<ComponentId>),
  }),
  explicit: object(
    { component: text() as Shape<ComponentId>, task: whole(1) as Shape<TaskId> },
    {
      /** Message of the error that the bolt threw or failed the tuple with. */
      error: text(),
      /**
       * Its code, where it is an error of Typhoon's: the child process of another language that had the tuple is gone,
       * for example.
       */
      code: oneOf(...(Object.keys(CATALOGUE) as ErrorCode[])),
      /** The error says that another attempt would end in the same way: see `PermanentError`. */
      permanent: oneOf(true),
    },
  ),
  'worker lost': object(
    {},
    {
      /**
       * The worker whose process or link was lost, or that said nothing; 0 is the nimbus, which says which workers are
       * silent.
       */
      worker: whole(NIMBUS) as Shape<WorkerId>,
      /** It was lost each time that it had this tuple, alone in the end: another attempt would end in the same way. */
      poison: oneOf(true),
      /** How it ended at the last of these times, with the file and the line where that is known. */
      error: text(),
    },
  ),
} as const

/** Why a root failed: it timed out, a bolt failed it, or a worker was lost. */
export type FailReason = Tagged<'kind', typeof REASONS>

/** Whether a value that came from another process is a reason. */
export const isFailReason = tagged('kind', REASONS)

/** The reason of a root that a task fails, with all that its error says, if there is one. */
export function failedBy(
  { component, task }: { readonly component: ComponentId; readonly task: TaskId },
  error?: unknown,
): FailReason {
  return {
    kind: 'explicit',
    component,
    task,
    ...(error === undefined ? {} : { error: messageOf(error) }),
    ...(error instanceof TyphoonError ? { code: error.code } : {}),
    ...(isPermanent(error) ? { permanent: true } : {}),
  }
}

/** A reason in one line. */
export function describeReason(reason: FailReason): string {
  switch (reason.kind) {
    case 'timeout':
      return reason.waitingFor.length === 0 ? 'timeout' : `timeout, not acked by ${reason.waitingFor.join(', ')}`
    case 'explicit':
      return `failed by ${reason.component} (task ${reason.task})${reason.error === undefined ? '' : `: ${reason.error}`}`
    case 'worker lost':
      if (reason.worker === NIMBUS) return 'timeout, while the nimbus said nothing'
      return `${reason.worker === undefined ? 'worker lost' : `worker ${reason.worker} lost`}${reason.poison === true ? ', each time that it had this tuple' : ''}${reason.error === undefined ? '' : `: ${reason.error}`}`
  }
}
