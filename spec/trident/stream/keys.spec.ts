/** A query that could never find anything is refused when it is declared. */
import test from 'ava'
import { fields } from '../../../lib/index.ts'
import { Count, MapGet, memoryMap, SnapshotGet, TupleCollectionGet } from '../../../lib/trident/index.ts'
import { COUNT, fed, refusal, topologyFor } from './kit.ts'

const PAIR = fields<{ a: string; b: number }>('a', 'b')

test('a state is asked by all the fields of its key, in their order, and gives all of them back', (t) => {
  const topology = topologyFor(t)
  const { stream } = fed(topology, PAIR)
  const pairs = stream.groupBy(['a', 'b']).persistentAggregate('pairs', memoryMap<number>(), Count, COUNT)
  const all = stream.persistentAggregate('all', memoryMap<number>(), Count, COUNT)
  const refused = (ask: () => unknown): RegExpExecArray | null =>
    /^BAD_OPERATION: stateQuery: .*"(?:pairs|all)".* \((.*)\)$/.exec(refusal(t, ask))
  const ask = (state: any, input: any, query: any, out: any = COUNT) => stream.stateQuery(state, input, query, out)
  for (const input of [['a'], ['b', 'a'], [], ['a', 'a']])
    t.regex(refused(() => ask(pairs, input, MapGet))?.[1] ?? '', /groupBy\(\['a', 'b'\]\)/, input.join())
  t.regex(refused(() => ask(pairs, [], SnapshotGet))?.[1] ?? '', /MapGet/)
  t.regex(refused(() => ask(all, ['a'], MapGet))?.[1] ?? '', /SnapshotGet/)
  t.regex(
    refused(() => ask(pairs, [], TupleCollectionGet, fields('key', 'count')))?.[1] ?? '',
    /fields\('a', 'b', 'value'\)/,
  )
  const renamed = stream.project(['a', 'b']).map((tuple) => tuple.values, fields('x', 'y'))
  t.notThrows(() => renamed.stateQuery(pairs, ['x', 'y'], MapGet, COUNT))
  t.notThrows(() => renamed.broadcast().stateQuery(pairs, [], TupleCollectionGet, fields('k', 'l', 'n')))
})
