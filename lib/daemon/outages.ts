/**
 * What a run cannot do for a while, though it goes on: nothing is lost, but the longer it lasts, the more has to be
 * done again after a failure, and the run ends where it lasts for too long.
 */
import { CATALOGUE } from '../errors/catalogue.ts'
import type { Problem } from '../errors/typhoon-error.ts'
import type { OpenCommit } from '../stats/snapshot.ts'
import type { WorkerId } from '../tuple/ids.ts'
import type { Clock } from '../util/time/clock.ts'
import type { Lasting } from './rounds/outage.ts'
import type { RunParts } from './run-parts.ts'

/** Something that does not succeed; plain JSON. */
export interface RunOutage {
  /** No snapshot is complete; what was written outside cannot be committed; or a sink cannot write. */
  readonly what: 'snapshot' | 'commit' | 'output'
  /** ISO 8601, in UTC. */
  readonly since: string
  /** How often it has failed, one time after the other; 0: it has not come to an end. */
  readonly failures: number
  /** Why it has failed the last time, and where. */
  readonly problem: Problem
  /** The host of the worker, where it is one worker. */
  readonly host?: string
}

export function outagesOf({ rounds, totals, roster, failingSinks }: RunParts, clock: Clock): readonly RunOutage[] {
  const now = clock.now()
  const date = clock.date?.() ?? now
  const made = (what: RunOutage['what'], { since, failures, problem }: Lasting): RunOutage => {
    const { worker } = problem.where
    const host = worker === undefined ? undefined : hostIn(roster.get(worker)?.address)
    const when = new Date(date - (now - since)).toISOString()
    return { what, since: when, failures, problem, ...(host === undefined ? {} : { host }) }
  }
  const reported = [...totals.latest].flatMap(([worker, { commits = [] }]) =>
    commits.map((commit) => made('commit', lasting(worker, commit, now))),
  )
  const outage = rounds?.outage
  const open = reported.length > 0 ? undefined : rounds?.openCommit
  return [
    ...(outage === undefined ? [] : [made('snapshot', outage)]),
    ...reported,
    ...(open === undefined ? [] : [made('commit', open)]),
    ...failingSinks.lasting.map((failing) => made('output', failing)),
  ]
}

function lasting(worker: WorkerId, commit: OpenCommit, now: number): Lasting {
  const { component, task, snapshot, forMs, failures, why } = commit
  const where = { component, task, worker }
  const since = now - forMs
  if (why === undefined) {
    const message = `"${component}" has not committed what it has written up to snapshot ${snapshot}`
    return { since, failures, problem: { code: 'SNAPSHOT_LATE', message, where, hint: COMMITS } }
  }
  const code = Object.hasOwn(CATALOGUE, why.code) ? (why.code as Problem['code']) : 'COMPONENT_FAILED'
  const message = `"${component}" cannot commit what it has written up to snapshot ${snapshot}: ${why.message}`
  return { since, failures, problem: { code, message, where, hint: why.hint ?? COMMITS } }
}

const COMMITS = 'does what it writes to answer, and take what is written? It is tried again until it does'

/** Of the address at which a worker listens: `10.0.0.2` in `wss://10.0.0.2:4711`. */
function hostIn(address: string | undefined): string | undefined {
  return address !== undefined && URL.canParse(address) ? new URL(address).hostname : undefined
}
