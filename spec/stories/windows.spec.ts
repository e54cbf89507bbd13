/** Windows in whole topologies, in simulated time, in each guarantee. */
import test from 'ava'
import { type BasicOutputCollector, fields, TopologyBuilder } from '../../lib/index.ts'
import { type CompleteResult, completeTopology, multiset, readTuples } from '../../lib/testing/index.ts'
import {
  afterWatermark,
  Count,
  Duration,
  KeyedWindowBolt,
  summing,
  type TupleWindow,
  tumbling,
  WindowedBolt,
} from '../../lib/windows/index.ts'
import { TestWordSpout } from './components.ts'

interface Sale {
  shop: string
  time: number
  amount: number
}

class Total extends WindowedBolt<Sale, { total: number; end: number }> {
  override readonly outputs = fields<{ total: number; end: number }>('total', 'end')

  execute(window: TupleWindow<Sale>, collector: BasicOutputCollector<{ total: number; end: number }>): void {
    const total = window.get().reduce((sum, tuple) => sum + tuple.get('amount'), 0)
    collector.emit([total, window.getEndTimestamp()])
  }
}

const GUARANTEES = ['at-most-once', 'at-least-once', 'exactly-once'] as const
const SALES: readonly [string, number, number][] = Array.from({ length: 40 }, (_, n) => [
  n % 3 === 0 ? 'a' : 'b',
  n * 10 - (n % 4) * 15,
  2 ** (n % 20),
])

/** Totals by the end of the window that holds the times before it. */
function totals(lengthMs: number, of: (shop: string) => boolean = () => true): Map<number, number> {
  const found = new Map<number, number>()
  for (const [shop, time, amount] of SALES) {
    const end = (Math.floor(time / lengthMs) + 1) * lengthMs
    if (of(shop)) found.set(end, (found.get(end) ?? 0) + amount)
  }
  return found
}

async function run(
  guarantee: (typeof GUARANTEES)[number],
  declare: (builder: TopologyBuilder, sales: ReturnType<TopologyBuilder['setSpout']>) => void,
): Promise<CompleteResult> {
  const builder = new TopologyBuilder('windows', {
    'topology.workers': 2,
    'topology.guarantee': guarantee,
    'topology.message.timeout.secs': 2,
  })
  const sales = builder.setSpout('sales', () => new SalesSpout())
  declare(builder, sales)
  return completeTopology(builder.createTopology(), { mockedSources: { sales: SALES }, seed: 7 })
}

/** Is mocked: it stands for its fields. */
class SalesSpout extends TestWordSpout {
  override readonly outputs = fields('shop', 'time', 'amount') as never
}

for (const guarantee of GUARANTEES) {
  test(`windowed bolts: ${guarantee}`, async (t) => {
    const result = await run(guarantee, (builder, sales) => {
      const timed = new Map([
        ['sum', () => new Total().withTumblingWindow(Duration.ms(50)).withTimestampField('time').withLag(60)],
        ['count', () => new Total().withTumblingWindow(Count.of(7))],
        ['clock', () => new Total().withTumblingWindow(Duration.seconds(30))],
      ])
      for (const [id, make] of timed) builder.setBolt(id, make).globalGrouping(sales as never)
    })
    t.deepEqual([result.report.status, result.report.problem], ['completed', undefined])
    // A window of Storm's holds its last moment, and not its first.
    const byEnd = new Map<number, number>()
    for (const [, time, amount] of SALES) {
      const end = Math.ceil(time / 50) * 50
      byEnd.set(end, (byEnd.get(end) ?? 0) + amount)
    }
    t.deepEqual(multiset(readTuples(result, 'sum')), multiset([...byEnd].map(([end, total]) => [total, end])))
    const amounts = SALES.map(([, , amount]) => amount)
    const all = amounts.reduce((a, b) => a + b)
    t.deepEqual(
      readTuples(result, 'clock')
        .map(([total]) => total)
        .reduce((a, b) => (a as number) + (b as number), 0),
      all,
    )
    t.is(readTuples(result, 'count').length, Math.floor(SALES.length / 7))
  })

  test(`windows by key: ${guarantee}`, async (t) => {
    const result = await run(guarantee, (builder, sales) => {
      builder
        .setBolt(
          'totals',
          () =>
            new KeyedWindowBolt<Sale, { shop: string; total: number; start: number; end: number }>({
              keys: ['shop'],
              window: tumbling(50),
              trigger: afterWatermark(),
              aggregates: { total: summing('amount') },
              timestamps: { field: 'time', lagMs: 60 },
            }),
          2,
        )
        .fieldsGrouping(sales as never, ['shop'] as never)
    })
    t.deepEqual([result.report.status, result.report.problem], ['completed', undefined])
    const expected = ['a', 'b'].flatMap((shop) =>
      [...totals(50, (one) => one === shop)].map(([end, total]) => [shop, total, end - 50, end]),
    )
    t.deepEqual(multiset(readTuples(result, 'totals')), multiset(expected))
  })
}
