/** What the nimbus has to say of workers that fail it, in words. */
import { plural } from '../errors/plural.ts'
import type { Problem } from '../errors/typhoon-error.ts'
import type { DefinitionSource } from '../messaging/control.ts'
import type { Plan } from '../scheduler/plan.ts'
import type { ComponentId, Incarnation, TaskId, WorkerId } from '../tuple/ids.ts'
import type { Death } from './inquest/culprit.ts'
import type { WorkerExit } from './launcher.ts'

/** How a worker ended, and what a component did to it, in one line. */
export function describeExit({ how, problem }: WorkerExit): string {
  if (problem === undefined) return how
  const { file, line, column } = problem.where
  const place = file === undefined ? '' : ` (at ${[file, line, column].filter((part) => part !== undefined).join(':')})`
  return `${how}: ${problem.message}${place}`
}

const STARTS_BADLY =
  'what it says above has kept it from starting; `typhoon validate` finds what is wrong with the definition'
const DIES =
  'a component ends it: by process.exit, by an error that nobody catches, or by taking all of the memory; fail the tuple in its place, by a throw in execute'

/** A worker has died too often in a row, or can never start. */
export function gaveUp(
  worker: WorkerId,
  incarnation: Incarnation,
  exit: WorkerExit,
  starting: boolean,
  source: DefinitionSource,
): Problem {
  if (exit.badOption !== undefined) return optionRefused(worker, exit.badOption, source)
  const words =
    exit.lastWords.length === 0 ? 'it wrote nothing to stderr' : `its last words:\n${exit.lastWords.join('\n')}`
  return {
    code: starting ? 'WORKER_START_FAILED' : 'WORKER_GAVE_UP',
    message: `worker ${worker} died ${plural(incarnation, 'time')} (${exit.how}${exit.problem === undefined ? '' : `: ${exit.problem.message}`}) and is given up; ${words}`,
    where: { ...exit.problem?.where, worker },
    hint: starting ? STARTS_BADLY : DIES,
  }
}

const CHILD_OPTIONS = 'topology.worker.childopts'

/** Node.js does not take an option of the workers, so none will ever start. @param said what it says of it */
function optionRefused(worker: WorkerId, said: string, { file, config }: DefinitionSource): Problem {
  const place = Object.hasOwn(config, CHILD_OPTIONS) ? {} : { file }
  return {
    code: 'BAD_CONFIG',
    message: `worker ${worker} cannot start with the options of ${CHILD_OPTIONS}: Node.js says "${said}"`,
    where: { ...place, key: CHILD_OPTIONS, worker },
    hint: '`node --help` and `node --v8-options` list the options that this Node.js knows',
  }
}

/** Workers were not ready in time. */
export function startTimedOut(late: readonly WorkerId[], seconds: number): Problem {
  return {
    code: 'WORKER_START_FAILED',
    message: `worker ${late.join(', ')} was not ready after ${seconds} s`,
    where: {},
    hint: 'a component that needs long to prepare? Raise topology.start.timeout.secs',
  }
}

/** Roots are left. */
export function drainTimedOut(pending: number, seconds: number): Problem {
  return {
    code: 'DRAIN_TIMEOUT',
    message: `what was in flight did not finish within ${seconds} s; ${plural(pending, 'root')} left unacked`,
    where: {},
    hint: 'raise topology.drain.timeout.secs, or see which bolt holds tuples back',
  }
}

/** Batches could not be committed before the run had to end. */
export function batchesLeft(component: ComponentId, batches: number): Problem {
  return {
    code: 'BATCHES_LEFT',
    message: `${batches} ${batches === 1 ? 'batch' : 'batches'} of "${component}" could not be committed before the end; nothing is lost, the next run begins there`,
    where: { component },
    hint: 'the warnings before this say why they failed; mend that and start the topology again',
  }
}

/** A death as an inquest judges it. */
export function deathOf(exit: WorkerExit): Death {
  const { component, file, line } = exit.problem?.where ?? {}
  const place = file === undefined ? undefined : [component, file, line].join(':')
  return { how: describeExit(exit), place, own: exit.bySignal !== true || exit.wasBlocked === true }
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

/** For the log. */
export function inquestBegins(worker: WorkerId): string {
  return `worker ${worker} may have died of a tuple: they are tried few at a time, to find the one that ends it, if one does`
}

/** What became of the roots of a component. */
interface RootCounts {
  readonly emitted: number
  readonly acked: number
  readonly failed: number
  /** Of the failed ones: kept by their spout. */
  readonly waiting: number
}

/** Roots were forgotten, or counted twice. */
export function countsDiffer(component: ComponentId, { emitted, acked, failed, waiting }: RootCounts): Problem {
  const kept = waiting === 0 ? '' : `, and ${waiting} of those that failed wait for their replay or their dead letter`
  return {
    code: 'COUNTS_DIFFER',
    message: `of ${plural(emitted, 'root')} of "${component}" ${acked} were acked and ${failed} failed${kept}`,
    where: { component },
    hint: 'the run has ended before all was done: the log above may say why; if it does not, this is a defect of Typhoon: please report it',
  }
}
