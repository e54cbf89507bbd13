import { join } from 'node:path'
import test from 'ava'
import { NullBolt, ReliableSpout } from '../../lib/components/index.ts'
import { fields, type Positions, TopologyBuilder, TyphoonError } from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { MemorySnapshots } from '../../lib/testing/simulated/memory-snapshots.ts'
import { Prng } from '../../lib/util/prng.ts'
import { folderOf } from '../folder.ts'
import { jsonLinesIn } from '../json-lines.ts'

interface Numbered {
  n: number
}

const LIMIT = 120

/** Numbers, of which those that end in 3 cannot be read. */
class Rows extends ReliableSpout<Numbered, { row: number }> {
  override readonly outputs = fields<Numbered>('n')
  #next = 0

  override position(): Positions {
    return { all: this.#next }
  }

  override seek(positions: Positions): void {
    this.#next = positions['all'] as number
  }

  protected override produce(): void {
    if (this.#next >= LIMIT) return
    const n = this.#next++
    if (n % 10 === 3) this.giveUp([n], { row: n }, new TyphoonError('WRONG_VALUES', `row ${n} is torn`))
    else this.emit([n], { row: n })
  }

  protected override isInputExhausted(): boolean {
    return this.#next >= LIMIT
  }
}

for (let seed = 1; seed <= Number(process.env['EXACT_SEEDS'] ?? 5); seed++) {
  test(`what a spout cannot emit becomes one dead letter, whatever is killed (seed ${seed})`, async (t) => {
    const file = join(folderOf(t), 'letters.jsonl')
    const random = new Prng(seed)
    const workers = 1 + random.below(3)
    const snapshots = new MemorySnapshots()
    const builder = new TopologyBuilder('torn', {
      'topology.workers': workers,
      'topology.guarantee': 'exactly-once',
      'topology.state.checkpoint.interval.ms': 20 + random.below(100),
      'topology.dead.letters.file': file,
    })
    builder.setSpout('rows', () => new Rows())
    builder.setBolt('sink', () => new NullBolt(), 2).grouping('rows', 'default', { type: 'shuffle' })
    // The run itself is gone now and then, and another one goes on.
    for (let run = 0; run < 3; run++) {
      const cluster = new LocalCluster({ seed: 10 * seed + run, minDelayMs: 1, maxDelayMs: 8 })
      const topology = await cluster.submit(builder.createTopology(), { snapshots })
      for (let kills = 0; kills < 3; kills++) {
        await cluster.advanceTime(10 + random.below(60))
        if (random.next() < 0.7 && !topology.isDone) topology.killWorker(1 + random.below(workers))
      }
      if (run === 2) t.is((await topology.complete()).status, 'completed')
    }
    const letters = jsonLinesIn(file)
    const torn = Array.from({ length: LIMIT }, (_, n) => n).filter((n) => n % 10 === 3)
    t.deepEqual(
      letters.map(({ values }) => values.n).sort((a, b) => a - b),
      torn,
    )
    for (const { component, stream, messageId, reason, values } of letters)
      t.deepEqual(
        [component, stream, messageId, reason.component, reason.code],
        ['rows', 'default', { row: values.n }, 'rows', 'WRONG_VALUES'],
      )
  })
}
