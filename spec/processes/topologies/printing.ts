/**
 * Numbers that a bolt prints, each with much text around it, and acks. Variables: `count`, how many numbers; `leaves`,
 * the name of a file: at the first number, unless the file is there, the bolt starts a process that keeps its stdout
 * open, writes its pid into that file, and ends its worker.
 */
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { SequenceSpout } from '../../../lib/components/index.ts'
import { BasicBolt, TopologyBuilder, type TopologyFunction, type Tuple } from '../../../lib/index.ts'

const TEXT = 'x'.repeat(100)
const FOR_EVER = 'setInterval(() => {}, 1_000_000)'

class PrintBolt extends BasicBolt<{ n: number }> {
  readonly #leaves: string | undefined

  constructor(leaves: string | undefined) {
    super()
    this.#leaves = leaves
  }

  override execute(tuple: Tuple<{ n: number }>): void {
    console.log(`${tuple.get('n')} ${TEXT}`)
    if (this.#leaves === undefined || existsSync(this.#leaves)) return
    const { pid } = spawn(process.execPath, ['-e', FOR_EVER], { detached: true, stdio: 'inherit' })
    writeFileSync(this.#leaves, String(pid))
    process.exit(7)
  }
}

const printing: TopologyFunction = ({ variables: { count, leaves } }) => {
  const builder = new TopologyBuilder('printing', { 'topology.workers': 2, 'topology.replay.delay.ms': 1 })
  const numbers = builder.setSpout('numbers', () => new SequenceSpout(Number(count)))
  builder.setBolt('print', () => new PrintBolt(leaves)).shuffleGrouping(numbers)
  return builder.createTopology()
}

export default printing
