/** Lets other nimbuses have the code of a topology before it is answered for. */
import type { BundleManifest } from '../../bundle/manifest.ts'
import { resolveConfig } from '../../topology/config/config.ts'
import type { Topology } from '../../topology/topology.ts'
import { plural } from '../../words/plural.ts'
import type { TopologyLogs } from '../logs/topology-logs.ts'
import type { Copies } from './copies.ts'

/**
 * By Storm's rule: it is waited until as many nimbuses as are wanted have it, or for so long, and it begins then.
 * @param copies unless given there are no others
 * @param logs where it is said that too few have it
 */
export async function spreadCode(
  copies: Copies | undefined,
  { files }: BundleManifest,
  { config }: Topology,
  logs: Pick<TopologyLogs, 'say'>,
): Promise<void> {
  if (copies === undefined) return
  const resolved = resolveConfig(config)
  const least = resolved['topology.min.replication.count'] ?? undefined
  const seconds = resolved['topology.max.replication.wait.time.sec']
  const { copies: have, wanted } = await copies.spread(
    files,
    least,
    seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000,
  )
  if (have >= wanted) return
  const lost = have === 1 ? 'this nimbus is lost' : 'these are lost'
  const had = `${plural(have, 'nimbus')} of ${wanted} had its code after ${seconds} s`
  logs.say('warn', `${had}: where ${lost}, it cannot begin again`)
}
