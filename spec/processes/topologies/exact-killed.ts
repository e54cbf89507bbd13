/**
 * Lines are copied to a file, and their words counted into another one, while workers and the run are killed.
 * Variables: `guarantee`; `input`, a folder of files; `output`, a folder; `kills`, JSON; `claims`, a folder; `driver`,
 * the process that has started the run.
 *
 * Not more is read than a share of the files for each kill before that is done, so that each hits a topology at work.
 */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CountBolt, FileSinkBolt, FileSpout, SplitBolt } from '../../../lib/components/index.ts'
import {
  type BasicOutputCollector,
  TopologyBuilder,
  type TopologyConfig,
  type TopologyFunction,
  type Tuple,
} from '../../../lib/index.ts'
import { ExactKills, type ExactStep } from './exact-kills.ts'
import type { Kill } from './kills.ts'

const BURST_MS = 1
const BURST = 4

/** Some lines each millisecond, of the files that may be read by now. */
class PacedSpout extends FileSpout {
  readonly #mayRead: (file: number) => boolean
  #next = 0

  constructor(files: readonly string[], mayRead: (file: number) => boolean) {
    super(files)
    this.#mayRead = mayRead
  }

  override nextTuple(): void | Promise<void> {
    const now = this.context.now()
    if (now < this.#next) return
    this.#next = now + BURST_MS
    const places = Object.values(this.position() ?? {}) as { readonly isOver?: true }[]
    const index = places.filter(({ isOver }) => isOver === true).length
    const { taskIndex } = this.context
    if (!this.#mayRead(index * this.context.tasksOf().length + taskIndex)) return
    for (let row = 1; row < BURST; row++) super.nextTuple()
    return super.nextTuple()
  }
}

class KilledSplit extends SplitBolt {
  readonly #kills: ExactKills

  constructor(kills: ExactKills) {
    super()
    this.#kills = kills
  }

  override execute(tuple: Tuple, collector: BasicOutputCollector<any>): void {
    super.execute(tuple, collector)
    this.#kills.reach('within an execution')
  }
}

const CONFIG: TopologyConfig = {
  'topology.workers': 2,
  'topology.state.checkpoint.interval.ms': 60,
  'topology.state.sync': 'none',
  'topology.worker.max.restarts': 100,
  'topology.worker.restart.max.delay.ms': 10,
  'topology.worker.timeout.secs': 2,
  'topology.replay.delay.ms': 5,
  'topology.replay.max.delay.ms': 50,
  'topology.replay.max.attempts': 100,
}

const killed: TopologyFunction = ({ variables }) => {
  const { guarantee = 'exactly-once', input = '', output = '', kills = '[]', claims = '', driver } = variables
  const list = JSON.parse(kills) as Kill<ExactStep>[]
  const isRun = process.ppid === Number(driver)
  const killer = new ExactKills(list, claims, isRun)
  if (isRun) killer.watchRun()
  else killer.watchWorker()
  const files = readdirSync(input)
    .map((name) => join(input, name))
    .sort()
  const share = files.length / (list.length + 1)
  const builder = new TopologyBuilder('exact-killed', { ...CONFIG, 'topology.guarantee': guarantee })
  const mayRead = (file: number): boolean => file < share * (killer.done + 1)
  const lines = builder.setSpout('lines', () => new PacedSpout(files, mayRead), 2)
  builder.setBolt('copies', () => new FileSinkBolt(`${output}/lines.txt`)).globalGrouping(lines)
  const split = builder.setBolt('split', () => new KilledSplit(killer), 2).shuffleGrouping(lines)
  const count = builder.setBolt('count', () => new CountBolt({ emit: 'end' }), 2).fieldsGrouping(split, ['word'])
  builder.setBolt('counts', () => new FileSinkBolt(`${output}/counts.tsv`)).globalGrouping(count)
  return builder.createTopology()
}

export default killed
