/** What a service does for each thing that is asked of it; how it is asked is `routes.ts`. */
import type { Window } from '../history/windows.ts'
import type { Nimbus } from '../nimbus/nimbus.ts'
import type { TapOptions } from '../run/index.ts'
import type { Asked } from './asked.ts'
import type { Lines } from './browser/followers.ts'
import type { Sessions } from './browser/sessions.ts'
import type { Looking } from './browser/watchers.ts'
import { changeOperations } from './change-operations.ts'
import type { Download } from './download.ts'
import { figureOperations } from './figure-operations.ts'
import { logOperations } from './log-operations.ts'
import { lookAt, overviewOf, planOf } from './looks.ts'
import { openApi } from './openapi.ts'
import { profileOperations } from './profile-operations.ts'
import { foregroundRun } from './refusals.ts'
import type { Operation } from './routes.ts'
import { scraped, type TypedText } from './scraped.ts'
import type { Seen, SeenTopology } from './seen.ts'
import { sessionOperations, type WithCookie } from './session-operations.ts'
import { Stalls } from './stalls.ts'
import { stormOperations } from './storm-operations.ts'
import { tokenOperations } from './token-operations.ts'
import type { Tokens } from './tokens.ts'
import { traceOperations } from './trace-operations.ts'
import { serviceOf, totalsOf, viewOf } from './views.ts'

/** An answer that comes as server-sent events. */
export interface Events {
  readonly look: Looking
}

/** The answer: a text, one of another form, a file, lines, events, or what JSON holds. */
export type Answer = string | TypedText | Download | Lines | Events | WithCookie | object

/** What is answered by a nimbus that does not lead, too. */
const STANDING = ['ping', 'openapi'] as const
type Standing = (typeof STANDING)[number]

/** What is done, by operation. @throws TyphoonError (rejects) */
export type Operations = Readonly<Record<Exclude<Operation, Standing>, (asked: Asked) => Answer | Promise<Answer>>>

/** Whether an operation is one of those. */
export function isStanding(operation: Operation): operation is Standing {
  return (STANDING as readonly Operation[]).includes(operation)
}

/** What a nimbus does that need not lead. @param version of Typhoon */
export function standingOperations(version: string): Readonly<Record<Standing, () => Answer>> {
  return { ping: () => 'pong\n', openapi: () => openApi(version) }
}

/** What operations work on. */
interface Parts {
  readonly seen: Seen
  readonly tokens: Tokens
  readonly sessions: Sessions
  /** Of Typhoon. */
  readonly version: string
}

/** All that is done by whoever leads. */
export function operationsOf(parts: Parts): Operations {
  const { seen, tokens, sessions, version } = parts
  const named = ({ path, request }: Asked) => seen.get(path['name'] ?? '', request)
  const nimbus = (): Nimbus => {
    if (seen.nimbus === undefined) throw foregroundRun()
    return seen.nimbus
  }
  return {
    ...stormOperations(seen, nimbus, version),
    ...tokenOperations(tokens, seen.now),
    ...sessionOperations(sessions, tokens),
    ...logOperations(seen, named),
    ...figureOperations(named, seen.now),
    ...traceOperations(named),
    ...profileOperations(named, seen.now),
    ...lookOperations(parts, named),
    ...changeOperations(nimbus, named),
  }
}

type Looks = 'ready' | 'metrics' | 'cluster' | 'hosts' | 'list' | 'status' | 'plan' | 'watch' | 'tap'

/** What changes nothing. */
function lookOperations({ seen, version }: Parts, named: (asked: Asked) => SeenTopology): Pick<Operations, Looks> {
  const stalls = new Stalls()
  return {
    ready: () => 'ready\n',
    metrics: ({ accept }) => scraped(seen, accept, version),
    cluster: () => ({ ...serviceOf(seen, version), longestStallMs: stalls.takeLongest() }),
    hosts: () => ({ hosts: seen.hosts }),
    list: () => ({ topologies: seen.topologies.map(viewOf) }),
    status(asked) {
      const topology = named(asked)
      const metrics = topology.run?.metrics()
      const { report } = topology
      return {
        topology: viewOf(topology),
        ...(metrics === undefined ? {} : { metrics }),
        totals: totalsOf(topology, seen),
        ...(report === undefined ? {} : { report }),
      }
    },
    plan: (asked) => planOf(named(asked)),
    watch({ query: { topology, window = '600' } }) {
      if (topology === undefined) return { look: { what: 'all', see: () => overviewOf(seen, version) } }
      const name = String(topology)
      seen.get(name)
      const see = (): object => lookAt(seen, name, window as Window)
      return { look: { what: `${window} of ${name}`, see } }
    },
    tap(asked) {
      const { taps } = named(asked)
      const { sample, ...options } = asked.query
      const wanted = { ...options, ...(sample === undefined ? {} : { sample: Number(sample) }) } as TapOptions
      return { entries: [], follow: (onEntry, onEnd) => taps.open(wanted, onEntry, onEnd) }
    },
  }
}
