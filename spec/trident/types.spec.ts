/**
 * What the compiler must know of Trident's streams; the checks are its errors. Where nobody compiles, building says the
 * same.
 */
import test from 'ava'
import { RandomSentenceSpout, SequenceSpout } from '../../lib/components/index.ts'
import { fields } from '../../lib/index.ts'
import {
  type Aggregator,
  type CombinerAggregator,
  Count,
  DirectorySpout,
  embeddedMap,
  FilterNull,
  FixedBatchSpout,
  MapGet,
  type MapState,
  memoryMap,
  PartitionedFileSpout,
  type QueryFunction,
  type ReducerAggregator,
  type Stream,
  Sum,
  TridentTopology,
  tumblingCount,
} from '../../lib/trident/index.ts'

type Sale = { shop: string; price: number }
const SALE = fields<Sale>('shop', 'price')
const TOTAL = fields<{ total: number }>('total')

function sales(name = 'sales'): Stream<Sale> {
  return new TridentTopology('types').newStream(name, () => new FixedBatchSpout(SALE, 1))
}

/** Of prices alone. */
const total: ReducerAggregator<number, { price: number }> = {
  init: () => 0,
  reduce: (sum, tuple) => sum + tuple.get('price'),
}
const longest: CombinerAggregator<string, { word: string }> = {
  init: (tuple) => tuple.get('word'),
  combine: (a, b) => (a.length < b.length ? b : a),
  zero: () => '',
}

test('fields flow along a stream, from whatever spout it comes', (t) => {
  const topology = new TridentTopology('types')
  const lines = topology.newStream('lines', () => new PartitionedFileSpout(['a.txt']))
  const placed = topology.newStream('placed', () => new DirectorySpout('in', { place: true }))
  const numbers = topology.newStream('numbers', () => new SequenceSpout(3))
  const sentences = topology.newStream('sentences', () => new RandomSentenceSpout(3))
  const counts = sales()
    .each(['price'], (tuple, out) => out.emit([tuple.get('price') * 2]), fields<{ double: number }>('double'))
    .filter((tuple) => tuple.get('shop') !== '' && tuple.get('double') > 1)
    .project(['double', 'shop'])
    .groupBy(['shop'])
    .aggregate(['double'], Sum, TOTAL)
    .map((tuple) => [`${tuple.get('shop')}: ${tuple.get('total').toFixed(2)}`], fields<{ text: string }>('text'))
  t.deepEqual(
    [
      lines.map((tuple) => [tuple.get('line').trim()]).fields.names,
      placed.filter((tuple) => tuple.get('offset') > 0 && tuple.get('file').endsWith('.txt')).fields.names,
      numbers.filter((tuple) => tuple.get('n') > 1).fields.names,
      sentences.map((tuple) => [tuple.get('sentence').length], fields<{ n: number }>('n')).fields.names,
      counts.fields.names,
    ],
    [['line'], ['line', 'file', 'offset'], ['n'], ['n'], ['text']],
  )
})

test('a field that the stream does not have does not compile', (t) => {
  const stream = sales()
  const refused: (() => unknown)[] = [
    // @ts-expect-error
    () => stream.each(['word'], () => true),
    // @ts-expect-error
    () => stream.project(['shop', 'word']),
    // @ts-expect-error
    () => stream.groupBy(['word']),
    // @ts-expect-error
    () => stream.partitionBy(['word']),
    // @ts-expect-error
    () => stream.aggregate(['word'], Count, TOTAL),
    // @ts-expect-error
    () => stream.maxBy('word'),
    // @ts-expect-error
    () => stream.project(['shop']).filter(['price'], FilterNull),
    // @ts-expect-error
    () => stream.groupBy(['shop']).aggregate(Count, TOTAL).project(['price']),
    // @ts-expect-error
    () => stream.persistentAggregate('a', memoryMap(), ['word'], Count, TOTAL),
    // @ts-expect-error
    () => stream.window('b', tumblingCount(2), ['word'], Count, TOTAL),
    // @ts-expect-error
    () => stream.partitionPersist('c', memoryMap(), ['word'], () => {}),
  ]
  for (const declare of refused) t.throws(declare, { code: 'UNKNOWN_FIELD' })
})

test('what a function sees and returns must fit the fields', (t) => {
  const stream = sales()
  // @ts-expect-error the tuple has no such field
  stream.map((tuple) => [tuple.get('word')], fields<{ word: string }>('word'))
  // @ts-expect-error only the fields that were named are seen
  stream.each(['shop'], (tuple) => tuple.get('price') > 1)
  // @ts-expect-error a price is no text
  stream.filter((tuple) => tuple.get('price').startsWith('a'))
  // @ts-expect-error a number is no text
  stream.map((tuple) => [tuple.get('price')], fields<{ word: string }>('word'))
  // @ts-expect-error map makes one tuple of each
  stream.map((tuple) => tuple.get('shop'), fields<{ word: string }>('word'))
  // @ts-expect-error flatMap makes a list of tuples
  stream.flatMap((tuple) => [tuple.get('shop')], fields<{ word: string }>('word'))
  // @ts-expect-error the output field is a number
  stream.each(['shop'], (tuple, out) => out.emit([tuple.get('shop')]), fields<{ length: number }>('length'))
  // @ts-expect-error without output fields a tuple stays what it was
  stream.map((tuple) => [tuple.get('shop'), true])
  // @ts-expect-error a type has a name for each field, and no other
  t.deepEqual(fields<{ word: string }>('wort').names, ['wort'])
})

test('an aggregator sees the fields that it is given', (t) => {
  const stream = sales()
  stream.aggregate(['price'], total, TOTAL)
  // @ts-expect-error without input fields it sees whole tuples, of which values are texts too
  stream.aggregate(total, TOTAL)
  stream.groupBy(['shop']).aggregate(['price'], total, TOTAL)
  // @ts-expect-error it adds prices
  stream.aggregate(['shop'], total, TOTAL)
  // @ts-expect-error it compares words
  stream.groupBy(['shop']).aggregate(['price'], longest, TOTAL)
  // @ts-expect-error it compares words
  stream.chainedAgg().aggregate(['price'], longest, TOTAL)
  const names: Aggregator<{ names: string }, { shop: string }, string[]> = {
    init: () => [],
    aggregate: (found, tuple) => void found.push(tuple.get('shop')),
    complete: (found, out) => out.emit([found.join()]),
  }
  t.deepEqual(stream.aggregate(['shop'], names, fields<{ names: string }>('names')).fields.names, ['names'])
})

test('a state keeps what its aggregator makes, and gives it to its new values', (t) => {
  const stream = sales()
  const state = stream.groupBy(['shop']).persistentAggregate('a', embeddedMap<number>(), ['price'], total, TOTAL)
  const news = state.newValuesStream().filter((tuple) => tuple.get('shop') !== '' && tuple.get('total') > 100)
  t.deepEqual(news.fields.names, ['shop', 'total'])
  // @ts-expect-error the new values are the group and the total
  t.throws(() => state.newValuesStream().project(['price']), { code: 'UNKNOWN_FIELD' })
  // @ts-expect-error a map of texts keeps no numbers
  stream.groupBy(['shop']).persistentAggregate('b', memoryMap<string>(), ['price'], total, TOTAL)
  const asked = stream.groupBy(['shop']).stateQuery(state, MapGet, TOTAL)
  t.deepEqual(asked.map((tuple) => [tuple.get('shop'), tuple.get('price'), tuple.get('total') + 1]).fields.names, [
    'shop',
    'price',
    'total',
  ])
})

test('what an aggregator makes must fit the fields that are named for it, wherever it stands', (t) => {
  const stream = sales()
  const TEXT = fields<{ text: string }>('text')
  const TWO = fields<{ total: number; more: number }>('total', 'more')
  const names: Aggregator<{ text: string }, Sale> = {
    init: () => null,
    aggregate: () => {},
    complete: (_, out) => out.emit({ text: '' }),
  }
  const perTask = { prepare: () => total }
  stream.aggregate(['price'], { init: () => 0, reduce: (sum, tuple) => sum + tuple.get('price') }, TOTAL)
  stream.aggregate(['price'], perTask, TOTAL)
  stream.aggregate(['price'], total, fields('total'))
  stream.groupBy(['shop']).aggregate(names, TEXT)
  stream.window('w1', tumblingCount(2), ['price'], total, TOTAL)
  stream.chainedAgg().aggregate(['price'], total, TOTAL).aggregate(['shop', 'price'], names, TEXT)
  // @ts-expect-error a total is no text
  stream.aggregate(['price'], total, TEXT)
  // @ts-expect-error a count is no text
  stream.aggregate(Count, TEXT)
  // @ts-expect-error a total goes into one field
  stream.aggregate(['price'], total, TWO)
  // @ts-expect-error nor is one that is made for each task
  stream.aggregate(['price'], perTask, TEXT)
  // @ts-expect-error it is written here
  stream.aggregate(['price'], { init: () => 0, reduce: (sum, tuple) => sum + tuple.get('price') }, TEXT)
  // @ts-expect-error it emits texts
  stream.partitionAggregate(['shop', 'price'], names, TOTAL)
  // @ts-expect-error it emits one field
  stream.groupBy(['shop']).aggregate(names, fields<{ text: string; more: string }>('text', 'more'))
  // @ts-expect-error a count is no text
  stream.groupBy(['shop']).aggregate(Count, TEXT)
  // @ts-expect-error a total is no text
  stream.chainedAgg().aggregate(['price'], total, TEXT)
  // @ts-expect-error a total is no text
  stream.window('w2', tumblingCount(2), ['price'], total, TEXT)
  // @ts-expect-error a total is no text
  stream.groupBy(['shop']).window('w3', tumblingCount(2), ['price'], total, TEXT)
  // @ts-expect-error a total goes into one field
  stream.groupBy(['shop']).persistentAggregate('p1', memoryMap<number>(), ['price'], total, TWO)
  // @ts-expect-error a total is no text
  stream.persistentAggregate('p2', memoryMap<number>(), ['price'], total, TEXT)
  const counts = stream.groupBy(['shop']).persistentAggregate('p3', memoryMap<number>(), Count, TOTAL)
  const shown: QueryFunction<MapState<number>, string, Pick<Sale, 'shop'>, { text: string }> = {
    batchRetrieve: async (_, tuples) => tuples.map((tuple) => tuple.get('shop')),
    execute: (_, text, out) => out.emit([text]),
  }
  stream.stateQuery(counts, ['shop'], shown, TEXT)
  // @ts-expect-error it emits texts
  stream.stateQuery(counts, ['shop'], shown, TOTAL)
  // @ts-expect-error a map of numbers answers with numbers
  t.deepEqual(stream.groupBy(['shop']).stateQuery(counts, MapGet, TEXT).fields.names, ['shop', 'price', 'text'])
})

test('streams that are merged have the same fields', (t) => {
  const topology = new TridentTopology('types')
  const sale = topology.newStream('sales', () => new FixedBatchSpout(SALE, 1))
  const word = topology.newStream('words', () => new FixedBatchSpout(fields<{ word: string }>('word'), 1))
  t.deepEqual(topology.merge(sale, sale.filter(FilterNull)).fields.names, ['shop', 'price'])
  // @ts-expect-error they have not
  t.throws(() => topology.merge(sale, word), { code: 'STREAMS_DIFFER' })
  const joined = topology.join(
    [sale, word],
    [['shop'], ['word']],
    fields<{ shop: string; price: number }>('shop', 'price'),
  )
  // @ts-expect-error a join has the fields that it was given
  t.throws(() => joined.project(['word']), { code: 'UNKNOWN_FIELD' })
  // @ts-expect-error a function that makes the spout
  t.throws(() => topology.newStream('other', new FixedBatchSpout(SALE, 1)), { code: 'NOT_A_COMPONENT' })
})

test('a DRPC request is one text', (t) => {
  const requests = new TridentTopology('types').newDRPCStream('f')
  t.deepEqual(requests.map((tuple) => [tuple.get('args').length], fields<{ n: number }>('n')).fields.names, ['n'])
  // @ts-expect-error
  t.throws(() => requests.project(['arguments']), { code: 'UNKNOWN_FIELD' })
})
