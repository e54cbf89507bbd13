/** What of a topology needs the folder of states, which all hosts of a cluster reach. */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { hasBatches } from '../../topology/batches.ts'
import type { Topology } from '../../topology/topology.ts'

/** A reason, and the key of the configuration that it stands in, where there is one. */
export interface KeptState {
  readonly what: string
  readonly key?: string
}

/** None: it can be without. */
export function keptStateOf(topology: Topology): KeptState[] {
  const { config } = topology
  return [
    ...(config['topology.guarantee'] === 'exactly-once'
      ? [{ what: 'it takes snapshots', key: 'topology.guarantee' }]
      : []),
    ...(Object.hasOwn(config, 'topology.state.dir') ? [{ what: 'it keeps state', key: 'topology.state.dir' }] : []),
    ...(hasBatches(topology) ? [{ what: 'streams of Trident keep what is committed' }] : []),
  ]
}

/** Where hosts share no folder. @throws STATE_NOT_SHARED */
export function checkStateless(topology: Topology): void {
  const [kept] = keptStateOf(topology)
  if (kept === undefined) return
  throw new TyphoonError('STATE_NOT_SHARED', `${kept.what}, and the hosts of this cluster share no folder for it`, {
    where: kept.key === undefined ? {} : { key: kept.key },
    hint: 'begin the nimbus with a folder that all hosts reach: typhoon nimbus --state DIR',
  })
}
