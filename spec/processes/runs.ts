/** Runs topologies with their nimbus in this process, where a test can see its tally and kill its workers. */
import type { RunEvents } from '../../lib/daemon/events.ts'
import type { Nimbus } from '../../lib/daemon/nimbus.ts'
import { runTopology } from '../../lib/daemon/run-topology.ts'
import { loadTopology } from '../../lib/flux/load-topology.ts'
import { topologyFile } from './cli.ts'

export interface RunInput {
  readonly variables?: Readonly<Record<string, string>>
  readonly config?: Readonly<Record<string, unknown>>
  readonly events?: RunEvents
}

/** Starts a topology of `topologies/`. */
export async function start(name: string, { variables = {}, config = {}, events = {} }: RunInput): Promise<Nimbus> {
  const file = topologyFile(name)
  const { definition } = await loadTopology(file, { variables, config })
  return runTopology(definition, { file, variables, config }, events)
}
