/** Where the states of a worker are, by the configuration of its topology. */
import { resolveConfig } from '../../topology/config/config.ts'
import type { Topology } from '../../topology/topology.ts'
import type { StateBases } from '../state-base.ts'

/** Which worker it is, and of which run. */
interface Owner {
  readonly run: string
  readonly worker: number
  readonly incarnation: number
}

/** Undefined where they are in memory: LMDB is loaded where it is wanted alone. @throws STATE_UNAVAILABLE (rejects) */
export async function openBases(
  { name, config }: Pick<Topology, 'name' | 'config'>,
  { run, worker, incarnation }: Owner,
): Promise<StateBases | undefined> {
  const { 'topology.state.backend': backend, 'topology.state.dir': root } = resolveConfig(config)
  if (backend !== 'embedded') return undefined
  const { openLmdbBases } = await import('./lmdb-bases.ts')
  return openLmdbBases({ root, topology: name, worker, name: `${run}.${incarnation}` })
}
