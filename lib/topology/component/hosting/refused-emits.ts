/** What a bolt gets that emits or writes when it must not, whoever hosts it: that would be lost. */
import { type Problem, TyphoonError } from '../../../errors/typhoon-error.ts'
import type { ComponentId, TaskId } from '../../../tuple/ids.ts'

/** What became of an execution; what it emits later is refused. */
export type Over = 'acked' | 'failed'

/** It emits with the collector of an execution that is over. */
export function lateEmit(
  { component, task }: { readonly component: ComponentId; readonly task: TaskId },
  over: Over,
): TyphoonError {
  const message = `"${component}" emitted after its execute was over; the tuple it belongs to was ${over} by then`
  return new TyphoonError('LATE_EMIT', message, {
    where: { component, task },
    hint: 'return the promise: a tuple is acked when what execute returns is done',
  })
}

/** It writes into a state, or sets a timer, when the execution that it belongs to is over. */
export function lateWrite({
  component,
  task,
}: {
  readonly component: ComponentId
  readonly task: TaskId
}): TyphoonError {
  const message = `"${component}" wrote into a state, or set a timer, after its execute was over; it would not last`
  return new TyphoonError('LATE_WRITE', message, {
    where: { component, task },
    hint: 'return the promise: what is written until what execute returns is done belongs to the tuple',
  })
}

/** What writes was begun by an execution that is over, as it seems, while another one is open. */
export function strayWrite({ component, task }: { readonly component: ComponentId; readonly task: TaskId }): Problem {
  return {
    code: 'LATE_WRITE',
    message: `"${component}" wrote into a state from what an earlier execution had begun; it counts for the tuple that is executed now`,
    where: { component, task },
    hint: 'return the promise of all that execute begins; where a connection calls back that executions share, await it instead',
  }
}

/** It emits with an anchor that it has settled. */
export function alreadySettled(component: ComponentId): TyphoonError {
  const message = `"${component}" emitted with an anchor that was acked or failed before; its tree could never complete`
  return new TyphoonError('ALREADY_SETTLED', message, { hint: 'emit first, then ack' })
}
