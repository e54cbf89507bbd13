/** What a service does that changes which topologies it has, or what they do. */
import { isDigest } from '../bundle/manifest.ts'
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { Nimbus } from '../nimbus/nimbus.ts'
import type { Submitted } from '../nimbus/nimbus-options.ts'
import type { Beginning, Size, Wanted } from '../nimbus/record/record.ts'
import type { Asked } from './asked.ts'
import type { Operations } from './operations.ts'
import type { SeenTopology } from './seen.ts'
import { viewOf } from './views.ts'

type Changes =
  | 'drainHost'
  | 'missing'
  | 'upload'
  | 'submit'
  | 'update'
  | 'kill'
  | 'activate'
  | 'deactivate'
  | 'rebalance'

/**
 * By operation.
 * @param nimbus that does it; it throws FOREGROUND_RUN where there is none
 * @param named the topology that is asked about
 */
export function changeOperations(
  nimbus: () => Nimbus,
  named: (asked: Asked) => SeenTopology,
): Pick<Operations, Changes> {
  return {
    async drainHost({ path: { name = '' }, body }) {
      await nimbus().leaveHost(name, (body as { undo?: boolean }).undo !== true)
      return { hosts: nimbus().hosts }
    },
    missing: async ({ body }) => ({ digests: await nimbus().blobs.missing((body as { digests: string[] }).digests) }),
    async upload({ path: { digest }, content }) {
      if (!isDigest(digest)) throw new TyphoonError('SERVICE_BAD_REQUEST', 'the path does not end with a digest')
      await nimbus().blobs.put(digest, content)
      return {}
    },
    async submit({ body, request }) {
      const { fresh, allowDroppedState, ...submitted } = body as Submitted & Beginning
      return viewOf(await nimbus().submit(submitted, { fresh, allowDroppedState }, request))
    },
    async update({ path: { name = '' }, body, request }) {
      const { fresh, allowDroppedState, ...wanted } = body as Wanted & Beginning
      return { pauseMs: await nimbus().update(name, wanted, { fresh, allowDroppedState }, request) }
    },
    async kill({ path: { name = '' }, query, request }) {
      const { savepoint, wait = 0 } = query
      const left = await nimbus().kill(name, Number(wait) * 1000, savepoint as string | undefined, request)
      return {
        ...(left.savepoint === undefined ? {} : { savepoint: left.savepoint }),
        ...(left.files === undefined ? {} : { files: left.files }),
      }
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
    async rebalance({ path: { name = '' }, query: { wait = 0 }, body, request }) {
      const { workers, parallelism = {} } = body as Partial<Size>
      const topology = nimbus().get(name, request)
      return { pauseMs: await topology.resize({ workers, parallelism }, Number(wait) * 1000, request) }
    },
  }
}
