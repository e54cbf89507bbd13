/** Numbers for a bolt that has much in memory, in a worker whose event loop may not stand still for a second. */
import { SequenceSpout } from '../../../lib/components/index.ts'
import { BasicBolt, TopologyBuilder, type TopologyFunction } from '../../../lib/index.ts'

const THINGS = 200_000

class HoardBolt extends BasicBolt<{ n: number }> {
  readonly #things: object[] = []

  override prepare(): void {
    for (let thing = 0; thing < THINGS; thing++) this.#things.push({ thing, name: `thing ${thing}` })
  }

  override execute(): void {}
}

const hoarding: TopologyFunction = () => {
  const builder = new TopologyBuilder('hoarding', {
    'topology.worker.stall.limit.secs': 1,
    'topology.max.spout.pending': 10,
  })
  const numbers = builder.setSpout('numbers', () => new SequenceSpout(1_000_000_000))
  builder.setBolt('hoard', () => new HoardBolt()).shuffleGrouping(numbers)
  return builder.createTopology()
}

export default hoarding
