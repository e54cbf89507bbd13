/** What a service does for each thing that is asked of it; how it is asked is `routes.ts`. */
import { isDigest } from '../bundle/manifest.ts'
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { Nimbus } from '../nimbus/nimbus.ts'
import type { Submitted } from '../nimbus/nimbus-options.ts'
import type { Beginning, Size, Wanted } from '../nimbus/record.ts'
import type { TapOptions } from '../run/index.ts'
import type { Asked } from './asked.ts'
import { logOperations } from './log-operations.ts'
import { openApi } from './openapi.ts'
import type { Operation } from './routes.ts'
import type { ClusterView } from './schemas.ts'
import { Stalls } from './stalls.ts'
import { stormOperations } from './storm-operations.ts'
import { tokenOperations } from './token-operations.ts'
import type { Tokens } from './tokens.ts'
import { viewOf } from './views.ts'

/** An answer that comes line by line: what there is, and then what comes, if that is wanted. */
export interface Lines {
  readonly entries: readonly object[]
  /** @param onEnd nothing comes any more @returns ends it */
  readonly follow?: (onEntry: (entry: object) => void, onEnd: () => void) => () => void
}

/** The answer: a text, lines, or what JSON holds. */
export type Answer = string | Lines | object

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

/** @param version of Typhoon */
export function operationsOf(nimbus: Nimbus, tokens: Tokens, version: string): Operations {
  const stalls = new Stalls()
  const named = ({ path, request }: Asked) => nimbus.get(path['name'] ?? '', request)
  return {
    ...stormOperations(nimbus, version),
    ready: () => 'ready\n',
    cluster: () => clusterOf(nimbus, version, stalls),
    hosts: () => ({ hosts: nimbus.hosts }),
    drainHost({ path: { name = '' }, body }) {
      nimbus.leaveHost(name, (body as { undo?: boolean }).undo !== true)
      return { hosts: nimbus.hosts }
    },
    ...tokenOperations(tokens, nimbus.now),
    list: () => ({ topologies: nimbus.topologies.map(viewOf) }),
    missing: async ({ body }) => ({ digests: await nimbus.blobs.missing((body as { digests: string[] }).digests) }),
    async upload({ path: { digest }, content }) {
      if (!isDigest(digest)) throw new TyphoonError('SERVICE_BAD_REQUEST', 'the path does not end with a digest')
      await nimbus.blobs.put(digest, content)
      return {}
    },
    async submit({ body, request }) {
      const { fresh, allowDroppedState, ...submitted } = body as Submitted & Beginning
      return viewOf(await nimbus.submit(submitted, { fresh, allowDroppedState }, request))
    },
    status(asked) {
      const topology = named(asked)
      const metrics = topology.run?.metrics()
      const { report } = topology
      return {
        topology: viewOf(topology),
        ...(metrics === undefined ? {} : { metrics }),
        ...(report === undefined ? {} : { report }),
      }
    },
    async update({ path: { name = '' }, body, request }) {
      const { fresh, allowDroppedState, ...wanted } = body as Wanted & Beginning
      return { pauseMs: await nimbus.update(name, wanted, { fresh, allowDroppedState }, request) }
    },
    async kill({ path: { name = '' }, query, request }) {
      const { savepoint, wait = 0 } = query
      const left = await nimbus.kill(name, Number(wait) * 1000, savepoint as string | undefined, request)
      return left === undefined ? {} : { savepoint: left }
    },
    async activate(asked) {
      const topology = named(asked)
      await topology.activate(asked.request)
      return viewOf(topology)
    },
    async deactivate(asked) {
      const topology = named(asked)
      await topology.deactivate(asked.request)
      return viewOf(topology)
    },
    async rebalance(asked) {
      const { workers, parallelism = {} } = asked.body as Partial<Size>
      const { wait = 0 } = asked.query
      return { pauseMs: await named(asked).resize({ workers, parallelism }, Number(wait) * 1000, asked.request) }
    },
    ...logOperations(nimbus, named),
    tap(asked) {
      const { taps } = named(asked)
      const { sample, ...options } = asked.query
      const wanted = { ...options, ...(sample === undefined ? {} : { sample: Number(sample) }) } as TapOptions
      return { entries: [], follow: (onEntry, onEnd) => taps.open(wanted, onEntry, onEnd) }
    },
  }
}

function clusterOf({ topologies, startedAt, now }: Nimbus, version: string, stalls: Stalls): ClusterView {
  const workers = topologies.map(({ run }) => Object.keys(run?.metrics()?.workers ?? {}).length)
  return {
    version,
    uptimeSecs: (now().getTime() - startedAt) / 1000,
    topologies: topologies.length,
    workers: workers.reduce((sum, some) => sum + some, 0),
    longestStallMs: stalls.takeLongest(),
  }
}
