/**
 * Output fields that validate: whatever makes the values, they go through their schemas once, and one that does not
 * pass fails its batch as any row does.
 */
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { fields, number, string } from '../../../lib/index.ts'
import { LocalCluster } from '../../../lib/testing/index.ts'
import {
  type Aggregator,
  Count,
  FixedBatchSpout,
  MapGet,
  type MapState,
  memoryMap,
  type QueryFunction,
  type Stream,
  Sum,
  TridentTopology,
  tumblingCount,
} from '../../../lib/trident/index.ts'
import { folderOf } from '../../folder.ts'
import { configFor } from './kit.ts'

const SALE = fields({ shop: string, price: number })
type Sale = { shop: string; price: number }
/** What comes out shows whether it went through, and how often. */
const seenOnce = z.any().transform((value) => `<${value}>`)
const OUT = fields({ out: seenOnce }, { validate: true })
/** Nothing passes. */
const NEVER = fields({ never: z.number().max(-1) }, { validate: true })

const names: Aggregator<any, Sale, string[]> = {
  init: () => [],
  aggregate: (found, tuple) => void found.push(tuple.get('shop')),
  complete: (found, out) => found.length > 0 && out.emit([found.sort().join('+')]),
}
const known: QueryFunction<MapState<number>, number, any, any> = {
  batchRetrieve: (_, tuples) => tuples.map(() => 7),
  execute: (_, value, out) => out.emit({ out: value, never: value }),
}

/** Each way in which an operation makes values. */
const OPERATIONS: Readonly<Record<string, (stream: Stream<Sale>, out: any) => Stream<any>>> = {
  each: (stream, out) => stream.each(['price'], (tuple, collector) => collector.emit([tuple.get('price')]), out),
  map: (stream, out) => stream.map((tuple) => [tuple.get('price')] as any, out),
  flatMap: (stream, out) => stream.flatMap((tuple) => [[tuple.get('price')]] as any, out),
  'a combiner': (stream, out) => stream.aggregate(['price'], Sum, out),
  'a combiner by group': (stream, out) => stream.groupBy(['shop']).aggregate(['price'], Sum, out),
  'an aggregator': (stream, out) => stream.aggregate(['shop', 'price'], names, out),
  'an aggregator by partition': (stream, out) => stream.partitionAggregate(['shop', 'price'], names, out),
  'a chain': (stream, out) =>
    stream.chainedAgg().aggregate(['price'], Count, fields('n')).aggregate(['price'], Sum, out).chainEnd() as any,
  'the new values of a state': (stream, out) =>
    stream.groupBy(['shop']).persistentAggregate('kept', memoryMap<any>(), ['price'], Sum, out).newValuesStream(),
  'the one value of a state': (stream, out) =>
    stream.persistentAggregate('kept', memoryMap<any>(), ['price'], Sum, out).newValuesStream(),
  'what an updater emits': (stream, out) =>
    stream
      .partitionPersist(
        'kept',
        memoryMap(),
        ['price'],
        (_, tuples, collector: any) => {
          for (const tuple of tuples) collector.emit([tuple.get('price')])
        },
        out,
      )
      .newValuesStream(),
  'a query': (stream, out) => {
    const state = stream.groupBy(['shop']).persistentAggregate('kept', memoryMap<number>(), Count, fields('n'))
    return stream.groupBy(['shop']).stateQuery(state as any, known as any, out)
  },
  'a value of a state': (stream, out) => {
    const state = stream.groupBy(['shop']).persistentAggregate('kept', memoryMap<any>(), Count, fields('n'))
    return stream.groupBy(['shop']).stateQuery(state, MapGet, out)
  },
  'a window': (stream, out) => stream.window('kept', tumblingCount(1), ['price'], Sum, out),
}

async function run(t: ExecutionContext, operation: (stream: Stream<Sale>, out: any) => Stream<any>, out: any) {
  const file = join(folderOf(t), 'letters.jsonl')
  const topology = new TridentTopology('validated', {
    ...configFor(t),
    'topology.replay.max.attempts': 2,
    'topology.replay.delay.ms': 1,
    'topology.dead.letters.file': file,
  })
  const seen: any[] = []
  const stream = topology.newStream('sales', () => new FixedBatchSpout(SALE, 2, ['a', 5], ['b', 7]))
  operation(stream, out)
    .filter(() => true)
    .shuffle()
    .peek((tuple) => void seen.push(tuple.values.at(-1)))
  const report = await (await new LocalCluster().submit(topology.build())).complete()
  return { report, seen }
}

for (const [name, operation] of Object.entries(OPERATIONS)) {
  test(`values of ${name} are validated once, and go on as the schema has made them`, async (t) => {
    const { report, seen } = await run(t, operation, OUT)
    t.is(report.problem, undefined)
    t.true(seen.length > 0)
    for (const value of seen) t.regex(value, /^<[^<>]+>$/)
  })

  test(`a value of ${name} that does not pass fails its batch`, async (t) => {
    const { report, seen } = await run(t, operation, NEVER)
    t.is(report.problem?.code, 'BATCH_FAILED')
    t.regex(report.problem!.message, /"never"/)
    t.deepEqual(seen, [])
  })
}
