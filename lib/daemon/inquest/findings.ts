/** What an inquest is told of a death, and what it finds, in words. */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { Plan } from '../../scheduler/plan.ts'
import type { Incarnation, TaskId, WorkerId } from '../../tuple/ids.ts'
import { describeExit, type WorkerExit } from '../workers/launcher.ts'
import type { Death } from './culprit.ts'

/** A death as an inquest judges it. */
export function deathOf(exit: WorkerExit): Death {
  const { component, file, line } = exit.problem?.where ?? {}
  const place = file === undefined ? undefined : [component, file, line].join(':')
  return { how: describeExit(exit), place, own: exit.bySignal !== true || exit.wasBlocked === true }
}

/** The line for the log. */
export function inquestBegins(worker: WorkerId): string {
  return `worker ${worker} may have died of a tuple: tuples are tried a few at a time, to find one that ends it`
}

/** The line for the log, where a tuple is atomic. */
export function searchBegins(worker: WorkerId): string {
  return `worker ${worker} may have died of a tuple: workers say what they execute, to find one that ends them`
}

/** A tuple of a spout task kills a worker. @param how it died, in words */
export function poisonTuple(plan: Plan, task: TaskId, worker: WorkerId, how: string): Problem {
  const { component } = plan.tasks[task - 1]!
  return {
    code: 'POISON_TUPLE',
    message: `one tuple of "${component}" ends worker ${worker}, and is not sent any more (${how})`,
    where: { component, task },
    hint: 'a ReliableSpout writes it to the dead letters; run it alone to see what it does to the worker',
  }
}

/** Workers die again and again, whichever tuple they have. */
export function blamesCode(worker: WorkerId, incarnation: Incarnation, exit: WorkerExit): Problem {
  return {
    code: 'WORKER_GAVE_UP',
    message: `worker ${worker} died ${incarnation} times, whichever tuple it had: it is the code that ends it, not a tuple (${describeExit(exit)})`,
    where: { ...exit.problem?.where, worker },
    hint: exit.problem?.hint ?? 'run it with one tuple alone to see what ends the worker',
  }
}
