/** A topology as chaos runs it, the same in the run and in each of its workers. */
import { FileSinkBolt } from '../../components/bolts/file-sink-bolt.ts'
import type { Component, TopologyDefinition } from '../../index.ts'
import { type WitnessPlan, witnessed } from '../witnessed.ts'
import { FileWitness } from './file-witness.ts'
import { paced } from './pace.ts'

/** What a run says to its workers. */
export interface ChaosOrder {
  /** Of what is up, and of what the witnesses write. */
  readonly folder: string
  readonly workers: number
  readonly sinks: WitnessPlan['sinks']
  /** The spouts that emit no faster than so many tuples a second, each of their tasks. */
  readonly paces: Readonly<Record<string, number>>
}

/**
 * The definition as it is run: with witnesses, and with spouts that take their time. What would write to a file of the
 * user's leaves that to its witness.
 */
export function asRun(
  definition: TopologyDefinition,
  { folder, workers, sinks, paces }: ChaosOrder,
): TopologyDefinition {
  const make = (sink: string) => () => new FileWitness(witnessFile(folder, sink), sink)
  const components = new Map<string, () => Component>()
  for (const [id, made] of definition.components) {
    const pace = paces[id]
    if (pace !== undefined) components.set(id, () => paced(made(), pace))
    else components.set(id, () => written(made()))
  }
  return witnessed({ ...definition, components }, { sinks, tasks: workers, make })
}

/** Of each of its tasks, where it has several. */
function witnessFile(folder: string, sink: string): string {
  return `${folder}/seen-by-${Buffer.from(sink).toString('base64url')}.rows`
}

function written(component: Component): Component {
  return component.constructor === FileSinkBolt ? new FileSinkBolt('') : component
}
