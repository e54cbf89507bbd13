/** A query that could never find anything is refused when it is declared. */
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import { Count, MapGet, memoryMap, SnapshotGet, TupleCollectionGet } from '../../../lib/trident/index.ts'
import { COUNT, fed, refused, topologyFor } from './kit.ts'

const PAIR = fields<{ a: string; b: number }>('a', 'b')

test('a state is asked by all the fields of its key, in their order, and gives all of them back', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, PAIR)
  const pairs = stream.groupBy(['a', 'b']).persistentAggregate('pairs', memoryMap<number>(), Count, COUNT)
  const all = stream.persistentAggregate('all', memoryMap<number>(), Count, COUNT)
  const ask = (state: any, input: any, query: any, out: any = COUNT) => stream.stateQuery(state, input, query, out)
  const never: [state: string, ask: () => unknown][] = [
    ...[['a'], ['b', 'a'], [], ['a', 'a']].map((input): [string, () => unknown] => [
      'pairs',
      () => ask(pairs, input, MapGet),
    ]),
    ['pairs', () => ask(pairs, [], SnapshotGet)],
    ['all', () => ask(all, ['a'], MapGet)],
    ['pairs', () => ask(pairs, [], TupleCollectionGet, fields('key', 'count'))],
  ]
  for (const [state, declare] of never)
    t.truthy(refused(t, declare, 'WRONG_KEY', { operation: 'stateQuery', state }).hint)
  const renamed = stream.project(['a', 'b']).map((tuple) => tuple.values, fields('x', 'y'))
  t.notThrows(() => renamed.stateQuery(pairs, ['x', 'y'], MapGet, COUNT))
  t.notThrows(() => renamed.broadcast().stateQuery(pairs, [], TupleCollectionGet, fields('k', 'l', 'n')))
})
