/**
 * What chaos does in the process of a worker: the module that its bootstrap names. It adds the witnesses and the pace
 * to the definition, looks many times a second what is up with its worker, and lets links, files and the date fail
 * accordingly.
 */
import type { TopologyDefinition } from '../../index.ts'
import type { Identity, Network } from '../../messaging/link.ts'
import type { Drill } from '../../worker/process/drill.ts'
import { asRun, type ChaosOrder } from './as-run.ts'
import { CALM, type Effects, readUp, signIn } from './board.ts'
import { DisturbedNetwork } from './disturbed-links.ts'
import { fillWhile } from './full-disk.ts'

const LOOK_MS = 10

/** Begins in the process of a worker. */
export async function begin(order: ChaosOrder, { worker: own }: Identity): Promise<Drill> {
  const { folder, workers } = order
  const all = Array.from({ length: workers }, (_, index) => index + 1)
  const up = new Map<number, Effects>(all.map((worker) => [worker, CALM]))
  const of = (worker: number): Effects => up.get(worker) ?? CALM
  const networks: DisturbedNetwork[] = []
  const look = (): void => {
    for (const worker of all) up.set(worker, readUp(folder, worker, of(worker)))
    for (const network of networks) network.changed(own)
  }
  look()
  await fillWhile(() => of(own).isFull)
  const date = Date.now
  Date.now = () => date() + of(own).dateMs
  setInterval(look, LOOK_MS).unref()
  signIn(folder, own)
  return {
    network(network: Network) {
      const disturbed = new DisturbedNetwork(network, {
        isCut: (worker) => of(worker).isCut,
        lateMs: (worker) => of(worker).lateMs,
      })
      networks.push(disturbed)
      return disturbed
    },
    definition: (definition: TopologyDefinition) => asRun(definition, order),
  }
}
