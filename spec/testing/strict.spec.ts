/** What strict tests find: what works only by luck, which an ordinary run lets pass. */
import test from 'ava'
import {
  BasicBolt,
  type BasicOutputCollector,
  fields,
  TopologyBuilder,
  type TopologyDefinition,
  type Tuple,
} from '../../lib/index.ts'
import { type CompleteResult, completeTopology, FixedTupleSpout, readTuples } from '../../lib/testing/index.ts'

const LIST = fields<{ list: number[] }>('list')
type Row = { list: number[] }

/** The bolt of a topology of three: it gets a list, and what it emits goes to a sink. */
function around(execute: (tuple: Tuple<Row>, out: BasicOutputCollector<any>) => void): TopologyDefinition {
  class Bolt extends BasicBolt<Row, any> {
    override readonly outputs = fields('list')
    execute(tuple: Tuple<Row>, out: BasicOutputCollector<any>): void {
      execute(tuple, out)
    }
  }
  class Sink extends BasicBolt<any> {
    execute(): void {}
  }
  const builder = new TopologyBuilder('strict', { 'topology.tuple.max.attempts': 1 })
  builder.setSpout('lists', () => new FixedTupleSpout([[[1]]], LIST))
  builder.setBolt('bolt', () => new Bolt()).grouping('lists', 'default', { type: 'shuffle' })
  builder.setBolt('sink', () => new Sink()).grouping('bolt', 'default', { type: 'shuffle' })
  return builder.createTopology()
}

const CARELESS = {
  'changes what it has got': (tuple: Tuple<Row>, out: BasicOutputCollector<any>) => {
    tuple.get('list').push(2)
    out.emit([tuple.get('list')])
  },
  'changes what it has emitted': (_tuple: Tuple<Row>, out: BasicOutputCollector<any>) => {
    const list = [{ n: 1 }]
    out.emit([list])
    list[0]!.n = 2
  },
  'emits what cannot be sent': (_tuple: Tuple<Row>, out: BasicOutputCollector<any>) => {
    out.emit([() => 1])
  },
}

for (const [what, execute] of Object.entries(CARELESS))
  for (const guarantee of ['at-least-once', 'exactly-once'])
    test(`a bolt that ${what} fails in a strict test, ${guarantee}`, async (t) => {
      const options = { strict: true, config: { 'topology.guarantee': guarantee } }
      const { report, problems } = await completeTopology(around(execute), options)
      t.is(report.components['bolt']?.failed, 1)
      t.regex(problems[0]!.message, /read only|not extensible|cannot be sent/)
    })

test('a bolt that changes a list of its own between two tuples passes', async (t) => {
  const result = await completeTopology(
    around((tuple, out) => out.emit([[...tuple.get('list'), 2]])),
    { strict: true },
  )
  t.deepEqual(readTuples(result, 'bolt'), [[[1, 2]]])
  t.is(result.report.components['bolt']?.failed, 0)
})

test('what comes from one task keeps its order, and all other order is that of the seed', async (t) => {
  class Pass extends BasicBolt<{ n: number }, { n: number }> {
    override readonly outputs = fields<{ n: number }>('n')
    execute(tuple: Tuple<{ n: number }>, out: BasicOutputCollector<{ n: number }>): void {
      out.emit([tuple.get('n')])
    }
  }
  const numbers = Array.from({ length: 10 }, (_, n) => n)
  const run = (seed: number): Promise<CompleteResult> => {
    const builder = new TopologyBuilder('order')
    const pass = builder.setBolt('pass', () => new Pass())
    for (const [index, id] of ['low', 'high'].entries()) {
      const tuples = numbers.map((n) => [100 * index + n])
      builder.setSpout(id, () => new FixedTupleSpout(tuples, fields<{ n: number }>('n')))
      pass.grouping(id, 'default', { type: 'shuffle' })
    }
    return completeTopology(builder.createTopology(), { strict: true, seed })
  }
  const orders = new Set<string>()
  for (const seed of [1, 2, 3, 4, 1]) {
    const found = readTuples(await run(seed), 'pass').map(([n]) => n as number)
    orders.add(found.join(' '))
    t.deepEqual(
      found.filter((n) => n < 100),
      numbers,
    )
    t.deepEqual(
      found.filter((n) => n >= 100),
      numbers.map((n) => 100 + n),
    )
  }
  t.true(orders.size > 1 && orders.size < 5, `${orders.size} orders`)
})
