/**
 * Lines of files cross two workers, and what became of each is written down at once: a file survives the process that
 * wrote it. Variables: `input`, a pattern of files; `records`, a folder.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FilePlace, FileSpout } from '../../../lib/components/index.ts'
import {
  BasicBolt,
  Bolt,
  fields,
  type OutputCollector,
  type TaskContext,
  TopologyBuilder,
  type TopologyFunction,
  type Tuple,
} from '../../../lib/index.ts'

/** Longer than it takes to keep a place. */
const KEPT_MS = 250

interface Line {
  line: string
}

/** Writes down each place that is acked, and logs after every hundred of them. */
class RecordedSpout extends FileSpout {
  readonly #records: string
  #acked = 0

  constructor(input: string, records: string) {
    super(input)
    this.#records = records
  }

  protected override onAcked(place: FilePlace): void {
    appendFileSync(join(this.#records, `acked-${this.context.task}`), `${place.file}:${place.offset}\n`)
    if (++this.#acked % 100 === 0) this.context.log('info', 'acked 100')
    super.onAcked(place)
  }
}

/** Keeps each line for a while, so that whoever took a line for done that is not would lose it with its worker. */
class Keeper extends Bolt<Line, Line> {
  override readonly outputs = fields<Line>('line')
  #context!: TaskContext
  #collector!: OutputCollector<Line>

  override prepare(context: TaskContext, collector: OutputCollector<Line>): void {
    this.#context = context
    this.#collector = collector
  }

  override execute(tuple: Tuple<Line>): void {
    this.#context.after(KEPT_MS, () => {
      this.#collector.emit(tuple, [tuple.get('line')])
      this.#collector.ack(tuple)
    })
  }
}

/** Writes down each line that it executes. */
class Recorder extends BasicBolt<Line> {
  readonly #records: string
  #file = ''

  constructor(records: string) {
    super()
    this.#records = records
  }

  override prepare({ task }: TaskContext): void {
    this.#file = join(this.#records, `executed-${task}`)
  }

  override execute(tuple: Tuple<Line>): void {
    appendFileSync(this.#file, `${tuple.get('line')}\n`)
  }
}

const recorded: TopologyFunction = ({ variables: { input, records } }) => {
  const builder = new TopologyBuilder('recorded', {
    'topology.workers': 2,
    'topology.max.spout.pending': 2000,
    'topology.replay.delay.ms': 10,
  })
  const lines = builder.setSpout('lines', () => new RecordedSpout(input!, records!), 2)
  const keeper = builder.setBolt('keeper', () => new Keeper(), 2).shuffleGrouping(lines)
  builder.setBolt('recorder', () => new Recorder(records!), 2).fieldsGrouping(keeper, ['line'])
  return builder.createTopology()
}

export default recorded
