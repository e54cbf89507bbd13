/** What operators come to when they are done in batches: the steps, and where rows change their partitions between. */
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import {
  Count,
  FixedBatchSpout,
  firstN,
  MapGet,
  memoryMap,
  type Stream,
  Sum,
  TridentTopology,
  tumblingCount,
} from '../../../lib/trident/index.ts'
import type { Graph, GraphNode } from '../../../lib/trident/plan/graph.ts'
import { lower } from '../../../lib/trident/plan/lowering/lower.ts'

const ROW = fields<{ a: string; b: number }>('a', 'b')
const N = fields<{ n: number }>('n')

function streamOf(topology: TridentTopology, name = 's'): Stream<{ a: string; b: number }> {
  return topology.newStream(name, () => new FixedBatchSpout(ROW, 1))
}

/** A step and what is before it: `shuffle ⇒ map → n`; with its hints, and the name that the user has given. */
function shown(node: GraphNode): string {
  if (node.type === 'spout') return node.txId
  if (node.type === 'drpc') return node.function
  if (node.type === 'repartition') return [node.how.type, ...('fields' in node.how ? node.how.fields : [])].join(' ')
  const hints = [node.name, node.parallelism, node.cpu, node.memory].filter((hint) => hint !== undefined)
  const from = node.inputs.flatMap((input) => (input.type === 'repartition' ? [shown(input)] : []))
  return `${from.map((how) => `${how} ⇒ `).join('')}${node.label}${hints.length === 0 ? '' : ` (${hints.join(' ')})`}`
}

function stepsIn({ nodes }: Graph): string[] {
  return nodes.filter(({ type }) => type === 'operation').map(shown)
}

function lowered(declare: (stream: Stream<{ a: string; b: number }>, topology: TridentTopology) => unknown): string[] {
  const topology = new TridentTopology('lowering')
  declare(streamOf(topology), topology)
  return stepsIn(lower(topology.program))
}

const mean = { init: () => 0, reduce: (sum: number) => sum }

const CASES: Record<string, readonly [declare: Parameters<typeof lowered>[0], steps: readonly string[]]> = {
  'what looks at one tuple after the other is a step each': [
    (s) => s.filter(() => true).map((tuple) => [tuple.get('b')], N),
    ['filter a, b', 'map → n'],
  ],
  'a change of partitions is no step': [
    (s) =>
      s
        .shuffle()
        .peek(() => {})
        .partitionBy(['a'])
        .project(['b']),
    ['shuffle ⇒ peek', 'partition-by a ⇒ project b'],
  ],
  'a combiner begins before its tuples are sent': [
    (s) => s.groupBy(['a']).aggregate(Count, N),
    ['combine n by a', 'partition-by a ⇒ aggregate n by a'],
  ],
  'a reducer waits until its tuples have come together': [
    (s) => [s.aggregate(mean, N), s.groupBy(['a']).aggregate(mean, N)],
    ['batch-global ⇒ aggregate by partition → n', 'partition-by a ⇒ aggregate n by a'],
  ],
  'several aggregators begin before they are sent if all are combiners': [
    (s) => [
      s.chainedAgg().aggregate(['b'], Sum, fields('x')).aggregate(['b'], Count, fields('y')).chainEnd(),
      s.chainedAgg().aggregate(['b'], Sum, fields('x')).aggregate(['b'], firstN(1), fields('y')).chainEnd(),
    ],
    ['combine x, y', 'batch-global ⇒ aggregate x, y', 'batch-global ⇒ aggregate x, y'],
  ],
  'the least tuple is sought in each partition, and then among those': [
    (s) => s.minBy('b'),
    ['least b', 'batch-global ⇒ least b'],
  ],
  'a map state is written where its groups are, one value in the first partition': [
    (s) => [
      s.groupBy(['a']).persistentAggregate('map', memoryMap<number>(), Count, N),
      s.persistentAggregate('one', memoryMap<number>(), Count, N),
    ],
    ['combine n by a', 'partition-by a ⇒ map: n by a', 'combine', 'global ⇒ one: aggregate → n'],
  ],
  'a state is asked where its groups are': [
    (s, topology) => s.groupBy(['a']).stateQuery(topology.newStaticState('known', memoryMap<number>()), MapGet, N),
    ['partition-by a ⇒ query known → n'],
  ],
  'windows are kept where their groups are': [
    (s) => s.groupBy(['a']).window('w', tumblingCount(2), ['b'], Count, N),
    ['partition-by a ⇒ w: each 2 rows, embedded store'],
  ],
  'the streams of a join come together by what they are joined by': [
    (s, topology) => topology.join([s, streamOf(topology, 'other')], [['a'], ['a']], fields('a', 'b', 'c')),
    ['partition-by a ⇒ partition-by a ⇒ join inner, inner → a, b, c'],
  ],
  'a name reaches up to the next change of partitions, hints stand at the last step': [
    (s) =>
      s
        .name('mine')
        .peek(() => {})
        .aggregate(Count, N)
        .parallelismHint(3)
        .setCPULoad(20)
        .setMemoryLoad(64),
    ['peek (mine)', 'combine → n (mine)', 'batch-global ⇒ aggregate → n (3 20 64)'],
  ],
  'the component of one value has the name, too': [
    (s) => s.name('mine').persistentAggregate('one', memoryMap<number>(), Count, N),
    ['combine (mine)', 'global ⇒ one: aggregate → n (mine)'],
  ],
}

for (const [title, [declare, steps]] of Object.entries(CASES))
  test(title, (t) => {
    t.deepEqual(lowered(declare), steps)
  })

test('what a DRPC stream ends with goes back to who asked, from one task', (t) => {
  const topology = new TridentTopology('lowering')
  topology.newDRPCStream('f').map(({ values }) => values)
  topology.newDRPCStream('g').batchGlobal()
  t.deepEqual(stepsIn(lower(topology.program)), [
    'map → args',
    'batch-global ⇒ return to who asked f',
    'batch-global ⇒ return to who asked g',
  ])
})

test('what is lowered twice comes to the same, and the graph that was written stays as it is', (t) => {
  const topology = new TridentTopology('lowering')
  streamOf(topology).groupBy(['a']).aggregate(Count, N).parallelismHint(2)
  const nodes = [...topology.program.nodes]
  t.deepEqual(stepsIn(lower(topology.program)), stepsIn(lower(topology.program)))
  t.deepEqual(topology.program.nodes, nodes)
})
