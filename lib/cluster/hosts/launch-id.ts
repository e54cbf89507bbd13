/** What a launch is called: a run, a worker of it, and which incarnation of that. No two launches have one name. */
import type { Incarnation, WorkerId } from '../../tuple/ids.ts'

/** What a launch starts. */
export interface Launch {
  readonly run: string
  readonly worker: WorkerId
  readonly incarnation: Incarnation
}

const LAUNCH = /^(.+)\.(\d{1,9})\.(\d{1,9})$/

export function launchId({ run, worker, incarnation }: Launch): string {
  return `${run}.${worker}.${incarnation}`
}

/** Undefined where it is not the name of a launch. */
export function readLaunch(id: string): Launch | undefined {
  const [, run, worker, incarnation] = LAUNCH.exec(id) ?? []
  return run === undefined ? undefined : { run, worker: Number(worker), incarnation: Number(incarnation) }
}
