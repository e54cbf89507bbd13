/**
 * What the compiler refuses: the build is the test, for it fails where an expected error is missing. Nothing of this
 * file is run but what a run would refuse as well.
 */
import test from 'ava'
import { z } from 'zod'
import { LogBolt, RandomSentenceSpout, ReliableSpout } from '../../lib/components/index.ts'
import { LinearDRPCTopologyBuilder } from '../../lib/drpc/index.ts'
import {
  anything,
  BasicBolt,
  type BasicOutputCollector,
  Bolt,
  type ConfigMap,
  type Fields,
  fields,
  listOf,
  nullable,
  number,
  type OutputCollector,
  type RowOf,
  type Streams,
  string,
  TopologyBuilder,
  type TopologyConfig,
  type Tuple,
} from '../../lib/index.ts'
import { Count, embeddedMap, MapGet, memoryMap, TridentTopology } from '../../lib/trident/index.ts'

type Word = { word: string; count: number }
type Several = Streams<{ ok: Word; bad: { why: string } }>

/** Compiled and not run. */
function unrun(_: () => unknown): void {}

test('what is emitted fits the fields: by name, or as a list in their order', (t) => {
  unrun(() => {
    const out = {} as BasicOutputCollector<Word>
    const measures = {} as BasicOutputCollector<{ length: number }>
    out.emit({ word: 'a', count: 1 })
    out.emit({ count: 1, word: 'a' })
    out.emit(['a', 1])
    // @ts-expect-error the other order
    out.emit([1, 'a'])
    // @ts-expect-error too few
    out.emit(['a'])
    // @ts-expect-error too many
    out.emit(['a', 1, 'b'])
    // @ts-expect-error any number of values
    out.emit(['a', 1].slice())
    // @ts-expect-error a field is missing
    out.emit({ word: 'a' })
    // @ts-expect-error there is no such field
    out.emit({ word: 'a', count: 1, cuont: 2 })
    // @ts-expect-error a wrong value
    out.emit({ word: 'a', count: '1' })
    // @ts-expect-error a list is no object with a length
    measures.emit(['a', 'b'])
  })
  unrun(() => {
    const out = {} as OutputCollector<Several>
    const tuple = {} as Tuple<Word>
    out.emit(tuple, ['a', 1], 'ok')
    out.emit(tuple, tuple.values, 'ok')
    out.emit(tuple, { why: 'a' }, 'bad')
    // @ts-expect-error the values of another stream
    out.emit(tuple, ['a', 1], 'bad')
    // @ts-expect-error there is no such stream
    out.emit(tuple, ['a', 1], 'okay')
    // @ts-expect-error there is no default stream
    out.emit(tuple, ['a', 1])
  })
  unrun(() => {
    class Words extends ReliableSpout<Word, number> {
      override readonly outputs = fields({ word: string, count: number })
      protected produce(): void {
        this.emit({ word: 'a', count: 1 }, 1)
        // @ts-expect-error the other order
        this.emit([1, 'a'], 1)
      }
      protected isInputExhausted(): boolean {
        return false
      }
    }
    return Words
  })
  t.pass()
})

test('the fields of a type are all of its fields, each once, in their order', (t) => {
  t.deepEqual(fields<Word>('word', 'count').names, ['word', 'count'])
  unrun(() => {
    // @ts-expect-error one is missing
    fields<Word>('word')
    // @ts-expect-error one stands twice
    fields<Word>('word', 'word')
    // @ts-expect-error there is no such field
    fields<Word>('word', 'number')
    // @ts-expect-error a list that is emitted has them in the order of the type
    fields<Word>('count', 'word')
  })
  class Wrong extends BasicBolt<Word, Word> {
    // @ts-expect-error other fields than the bolt emits
    override readonly outputs = fields({ word: string })
    override execute(): void {}
  }
  class Turned extends Bolt<Word, Word> {
    // @ts-expect-error in another order
    override readonly outputs = fields({ count: number, word: string })
    override execute(): void {}
  }
  t.deepEqual([new Wrong().outputs.names, new Turned().outputs.names], [['word'], ['count', 'word']])
})

test('a row is known by the schemas of its fields, those of another library too', (t) => {
  const ROW = fields({
    text: string,
    n: nullable(number),
    tags: listOf(string),
    at: anything<Date>(),
    who: z.object({ name: z.string() }),
  })
  type Row = RowOf<typeof ROW>
  const row: Row = { text: 'a', n: null, tags: [], at: new Date(0), who: { name: 'b' } }
  const same: Fields<{ text: string; n: number | null; tags: string[]; at: Date; who: { name: string } }> = ROW
  t.deepEqual(same.valuesOf(row), ['a', null, [], new Date(0), { name: 'b' }])
  unrun(() => {
    // @ts-expect-error a list of texts
    row.tags = [1]
    // @ts-expect-error no schema
    fields({ text: 'string' })
  })
})

test('a key of the configuration exists and has its type, wherever it stands; keys of the user are his', (t) => {
  const config: TopologyConfig = { 'topology.workers': 2, 'topology.tick.tuple.freq.secs': null }
  const mixed: ConfigMap = { ...config, 'my.key': 'x' }
  const builder = new TopologyBuilder('t', { 'topology.workers': 2, 'my.key': [1] })
  t.truthy([new TopologyBuilder('t', config), new TopologyBuilder('t', mixed), new TopologyBuilder('t')])
  unrun(() => {
    // @ts-expect-error no such key
    new TopologyBuilder('t', { 'topology.wrokers': 2 })
    // @ts-expect-error no such key, of another kind
    new TridentTopology('t', { 'drpc.prot': 2 })
    // @ts-expect-error a wrong value
    new LinearDRPCTopologyBuilder('t', { 'topology.workers': 'two' })
    // @ts-expect-error no such key
    const wrongKey: TopologyConfig = { 'topology.wrokers': 2 }
    // @ts-expect-error a wrong value
    const wrongValue: ConfigMap = { 'topology.debug': 'yes' }
    const bolt = builder.setBolt('log', () => new LogBolt())
    bolt.addConfiguration('my.key', 1).addConfiguration('topology.tick.tuple.freq.secs', 1)
    // @ts-expect-error a wrong value
    bolt.addConfiguration('topology.tick.tuple.freq.secs', 'x')
    // @ts-expect-error no such key
    bolt.addConfiguration('topology.tick.tuple.freq.sec', 1)
    // @ts-expect-error no such key
    bolt.addConfigurations({ 'my.key': 1, 'topology.tick': 1 })
    return [wrongKey, wrongValue]
  })
  class Ticking extends BasicBolt {
    // @ts-expect-error a wrong value
    override getComponentConfiguration() {
      return { 'topology.tick.tuple.freq.secs': 'x' }
    }
    override execute(): void {}
  }
  t.truthy(Ticking)
})

test('a stream that must be named is named', (t) => {
  class Splits extends BasicBolt<any, Several> {
    override readonly outputs = { ok: fields<Word>('word', 'count'), bad: fields({ why: string }) }
    override execute(): void {}
  }
  const builder = new TopologyBuilder('t')
  const sentences = builder.setSpout('sentences', () => new RandomSentenceSpout(1))
  const splits = builder.setBolt('splits', () => new Splits()).shuffleGrouping(sentences)
  builder.setBolt('a', () => new LogBolt()).shuffleGrouping(splits, 'ok')
  // @ts-expect-error it has no default stream
  builder.setBolt('b', () => new LogBolt()).shuffleGrouping(splits)
  t.throws(() => builder.createTopology(), { code: 'UNKNOWN_STREAM' })
})

test('the value of a state goes into a field of its type', (t) => {
  const stream = new TridentTopology('t')
    .newStream('s', () => new RandomSentenceSpout(3))
    .flatMap(
      (tuple) =>
        tuple
          .get('sentence')
          .split(' ')
          .map((word) => ({ word })),
      fields({ word: string }),
    )
  const words = stream.groupBy(['word'])
  const counts = words.persistentAggregate('counts', embeddedMap<number>(), Count, fields({ count: number }))
  t.deepEqual(words.stateQuery(counts, MapGet, fields({ known: number })).fields.names, ['word', 'known'])
  unrun(() => {
    // @ts-expect-error a count is no text
    words.persistentAggregate('a', embeddedMap<number>(), Count, fields({ count: string }))
    // @ts-expect-error it is one value
    words.persistentAggregate('b', memoryMap<number>(), Count, fields({ count: number, more: number }))
    // @ts-expect-error a count is no text, without groups neither
    stream.persistentAggregate('c', memoryMap<number>(), Count, fields({ count: string }))
    // @ts-expect-error the state holds numbers
    stream.stateQuery(counts, ['word'], MapGet, fields({ known: string }))
    // @ts-expect-error the state is a map
    stream.stateQuery(counts, ['word'], { batchRetrieve: (_: number) => [], execute() {} }, fields({ z: number }))
  })
})
