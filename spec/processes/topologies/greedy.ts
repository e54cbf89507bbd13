/** A bolt that opens files until there is no descriptor left, holds them while 200 numbers pass, and then lets go. */
import { closeSync, openSync } from 'node:fs'
import { SequenceSpout } from '../../../lib/components/index.ts'
import { BasicBolt, TopologyBuilder } from '../../../lib/index.ts'

class GreedyBolt extends BasicBolt {
  override readonly outputs = {}
  readonly #held: number[] = []
  #seen = 0

  override async execute(): Promise<void> {
    if (++this.#seen === 1) this.#grab()
    // Time for the worker to report, again and again, without a descriptor.
    await new Promise((resolve) => setTimeout(resolve, 1))
    if (this.#seen === 200) for (const held of this.#held.splice(0)) closeSync(held)
  }

  #grab(): void {
    for (;;) {
      try {
        this.#held.push(openSync('/dev/null', 'r'))
      } catch {
        return
      }
    }
  }
}

const builder = new TopologyBuilder('greedy', { 'topology.stats.interval.ms': 10 })
const numbers = builder.setSpout('numbers', () => new SequenceSpout(200))
builder.setBolt('greedy', () => new GreedyBolt()).globalGrouping(numbers)
export default builder.createTopology()
