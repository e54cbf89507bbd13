/**
 * Lines of stdin into a file. Variables: `out`; `fault`: a line with which the bolt ends its worker the first time,
 * noted in the file that `mark` names.
 */
import { appendFileSync, existsSync } from 'node:fs'
import { FileSinkBolt, StdinSpout } from '../../../lib/components/index.ts'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  TopologyBuilder,
  type TopologyFunction,
  type Tuple,
} from '../../../lib/index.ts'

interface Line {
  line: string
}

class PassBolt extends BasicBolt<Line, Line> {
  override readonly outputs = fields<Line>('line')
  readonly #fault: string | undefined
  readonly #mark: string | undefined

  constructor(fault: string | undefined, mark: string | undefined) {
    super()
    this.#fault = fault
    this.#mark = mark
  }

  execute(tuple: Tuple<Line>, out: BasicOutputCollector<Line>): void {
    const line = tuple.get('line')
    if (line === this.#fault && !existsSync(this.#mark!)) {
      appendFileSync(this.#mark!, 'x')
      process.exit(7)
    }
    out.emit([line])
  }
}

const stdin: TopologyFunction = ({ variables: { out = '', fault, mark }, config }) => {
  const builder = new TopologyBuilder('stdin', { 'topology.workers': 1, ...config })
  builder.setSpout('lines', () => new StdinSpout(), 3)
  builder.setBolt('pass', () => new PassBolt(fault, mark)).grouping('lines', 'default', { type: 'shuffle' })
  builder.setBolt('sink', () => new FileSinkBolt(out)).grouping('pass', 'default', { type: 'global' })
  return builder.createTopology()
}

export default stdin
