/** Why a run cannot go on, or not to its end, in words. */

import type { Problem } from '../errors/typhoon-error.ts'
import type { DefinitionSource } from '../messaging/control.ts'
import type { Plan } from '../scheduler/plan.ts'
import type { ConfigName } from '../topology/config/config.ts'
import type { Incarnation, WorkerId } from '../tuple/ids.ts'
import { plural } from '../words/plural.ts'
import type { WorkerExit } from './workers/launcher.ts'
import type { Known } from './workers/roster.ts'

const STARTS_BADLY =
  'what kept it from starting is in its output above; `typhoon validate` finds what is wrong with the definition'
const DIES =
  'a component ends it: by process.exit, by an uncaught error, or by taking all of the memory; throw in execute instead, which fails the tuple'

/** What a worker lacks, or its host, and no component has done. */
const SHORT_OF: readonly Problem['code'][] = [
  'OUT_OF_DESCRIPTORS',
  'WORKER_OUT_OF_MEMORY',
  'STATE_NOT_SHARED',
  'STATE_UNAVAILABLE',
  'STATE_IN_USE',
  'FILE_UNUSABLE',
  'BUNDLE_PLATFORM',
  'BAD_BUNDLE',
]

/** What a worker or its host lacks, where that has ended it. */
export function lackOf(worker: WorkerId, { how, problem }: WorkerExit): Problem | undefined {
  if (problem === undefined || !SHORT_OF.includes(problem.code)) return undefined
  return { ...problem, message: `${problem.message} (${how})`, where: { ...problem.where, worker } }
}

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
  const { how, problem } = exit
  const message = `worker ${worker} died ${plural(incarnation, 'time')} (${how}${problem === undefined ? '' : `: ${problem.message}`}) and is given up; ${words}`
  const where = { ...problem?.where, worker }
  if (problem !== undefined && SHORT_OF.includes(problem.code)) return { ...problem, message, where }
  return starting
    ? { code: 'WORKER_START_FAILED', message, where, hint: STARTS_BADLY }
    : { code: 'WORKER_GAVE_UP', message, where, hint: DIES }
}

const KNOWN_OPTIONS = '`node --help` and `node --v8-options` list the options that this Node.js knows'
const PRELOADED =
  'what --import or --require names is sought from the folder in which the command runs: write ./ before a file of it, or install the package'

/** Node.js does not take an option of the workers, so none will ever start. @param said what it says of it */
function optionRefused(worker: WorkerId, said: string, { file, config }: DefinitionSource): Problem {
  const key = 'topology.worker.childopts' satisfies ConfigName
  const place = Object.hasOwn(config, key) ? {} : { file }
  return {
    code: 'BAD_CONFIG',
    message: `worker ${worker} cannot start with the options of ${key}: Node.js says "${said}"`,
    where: { ...place, key, worker },
    hint: said.startsWith('Cannot find') ? PRELOADED : KNOWN_OPTIONS,
  }
}

const LOADS = 'is its process stopped, or does a module of the definition wait for something that never comes?'
const PREPARES = 'look for a promise that never resolves; if it is just slow, raise topology.start.timeout.secs'
const LINKS = 'can the workers reach each other? If they are just slow, raise topology.start.timeout.secs'

/** Workers were not ready in time; those are named that the others wait for. */
export function startTimedOut(late: readonly Known[], plan: Plan, seconds: number): Problem {
  const code = 'WORKER_START_FAILED'
  const preparing = late.flatMap(({ preparing }) => (preparing ? [plan.tasks[preparing - 1]!] : []))
  const [first] = preparing
  if (first !== undefined) {
    const { component, task, worker } = first
    const names = preparing.map((one) => `"${one.component}" (task ${one.task})`).join(', ')
    const method = plan.topology.components[component]!.kind === 'spout' ? 'open' : 'prepare'
    const message = `${names} had not returned from ${method} after ${seconds} s`
    return { code, message, where: { component, task, worker }, hint: PREPARES }
  }
  const loading = late.filter(({ preparing }) => preparing === undefined)
  const workers = (loading.length > 0 ? loading : late).map(({ worker }) => worker)
  const [worker] = workers
  const many = workers.length > 1
  const message = `worker${many ? 's' : ''} ${workers.join(', ')} ${many ? 'were' : 'was'} not ready after ${seconds} s`
  const where = workers.length === 1 && worker !== undefined ? { worker } : {}
  return { code, message, where, hint: loading.length > 0 ? LOADS : LINKS }
}

/** Roots are left, or a snapshot is not complete or not committed. */
export function drainTimedOut(pending: number, seconds: number): Problem {
  const left =
    pending === 0
      ? 'no root is left, but a bolt still executes, or a snapshot or its commit has not ended'
      : `${plural(pending, 'root')} left unacked`
  return {
    code: 'DRAIN_TIMEOUT',
    message: `what was in flight did not finish within ${seconds} s; ${left}`,
    where: {},
    hint: 'raise topology.drain.timeout.secs, or see which bolt holds tuples back, or which sink cannot write',
  }
}
