/**
 * Values of every kind on their way through whole topologies: one key is one task and one count, and what is kept or
 * written is what it was.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { FileSinkBolt, IdentityBolt, ReliableSpout } from '../../lib/components/index.ts'
import { BasicBolt, decode, fields, type TaskContext, TopologyBuilder, type Tuple } from '../../lib/index.ts'
import { LocalCluster } from '../../lib/testing/index.ts'
import { Count, embeddedMap, FixedBatchSpout, fileSink, memoryMap, TridentTopology } from '../../lib/trident/index.ts'
import { folderOf } from '../folder.ts'

interface Row {
  value: any
  name: number
}

/** Emits a list of values again and again, each with its place in the list. */
class Values extends ReliableSpout<Row, number> {
  override readonly outputs = fields<Row>('value', 'name')
  readonly #make: readonly (() => unknown)[]
  readonly #rows: number
  #n = 0

  constructor(make: readonly (() => unknown)[], rows = make.length) {
    super()
    this.#make = make
    this.#rows = rows
  }

  protected produce(): void {
    // Two in a row, so that a shuffle over two tasks brings each value to both.
    const name = Math.floor(this.#n / 2) % this.#make.length
    this.emit([this.#make[name]!(), name], this.#n++)
  }

  protected isInputExhausted(): boolean {
    return this.#n >= this.#rows
  }
}

class Money {
  readonly cents: bigint

  constructor(cents: bigint) {
    this.cents = cents
  }

  toJSON(): string {
    return `EUR ${this.cents}`
  }
}

const KEYS: readonly (() => unknown)[] = [
  () => new URL('http://a.example/x'),
  () => new Money(500n),
  () => new Date(5),
  () => Buffer.from('k'),
  () => new Map([['a', new Set([1, 2])]]),
  () => ({ a: 1, b: [2] }),
  () => 10n,
  () => Number.NaN,
]

test('fields grouping brings a key of any kind to one task, whether it comes from its worker or from another', async (t) => {
  const tasksOf = new Map<number, Set<number>>()
  class Noting extends BasicBolt {
    #task = 0

    override prepare(context: TaskContext): void {
      this.#task = context.task
    }

    override execute(tuple: Tuple): void {
      const name = tuple.values[1] as number
      tasksOf.set(name, (tasksOf.get(name) ?? new Set()).add(this.#task))
    }
  }
  const builder = new TopologyBuilder('keys', { 'topology.workers': 2 })
  const spout = builder.setSpout('values', () => new Values(KEYS, 20 * KEYS.length))
  const identity = builder.setBolt('identity', () => new IdentityBolt<Row>('value', 'name'), 2).shuffleGrouping(spout)
  builder.setBolt('noting', () => new Noting(), 4).fieldsGrouping(identity, ['value'])
  const running = await new LocalCluster().submit(builder.createTopology())
  t.is((await running.complete()).status, 'completed')
  t.deepEqual(
    KEYS.map((_, name) => tasksOf.get(name)?.size),
    KEYS.map(() => 1),
  )
})

test('a group of any kind has one count, wherever its rows come from', async (t) => {
  const counts = new Map<string, number>()
  const rows = Array.from({ length: 160 }, (_, n) => [KEYS[Math.floor(n / 2) % KEYS.length]!()] as [any])
  const topology = new TridentTopology('groups', { 'topology.workers': 2, 'topology.state.dir': folderOf(t) })
  topology
    .newStream('rows', () => new FixedBatchSpout(fields<{ value: any }>('value'), 40, ...rows))
    .shuffle()
    .peek(() => {})
    .parallelismHint(2)
    .groupBy(['value'])
    .persistentAggregate('counts', memoryMap<number>(), Count, fields<{ count: number }>('count'))
    .parallelismHint(2)
    .newValuesStream()
    .peek(
      ({ values: [key, count] }) =>
        void counts.set(String(key instanceof Uint8Array ? key : Object(key).constructor.name + String(key)), count),
    )
  const running = await new LocalCluster().submit(topology.build())
  t.is((await running.complete()).status, 'completed')
  t.deepEqual(
    [...counts.values()],
    KEYS.map(() => 160 / KEYS.length),
  )
})

/** What comes back as it was. */
const KEPT: readonly unknown[] = [new Set(['ann', new Date(5)]), new Map<unknown, unknown>([['a', new Set([1])], [2n, -0]]), new Uint8Array([1, 2]), [Number.NaN, undefined, '\ud800'], { at: new Date(0), big: 2n ** 70n }] // biome-ignore format: a list

test('what one run keeps in the embedded store comes back the same in the next run', async (t) => {
  const config = { 'topology.state.dir': folderOf(t) }
  const rows = KEPT.map((value, name) => [name, value] as [number, unknown])
  const all = { init: () => [], reduce: (before: unknown[], tuple: any) => [...before, tuple.get('value')] }
  const found: unknown[][][] = []
  for (const input of [rows, [...rows, ...rows]]) {
    const seen: unknown[][] = []
    const topology = new TridentTopology('kept', config)
    topology
      .newStream('rows', () => new FixedBatchSpout(fields<{ name: number; value: any }>('name', 'value'), 2, ...input))
      .groupBy(['name'])
      .persistentAggregate('values', embeddedMap<unknown[]>(), ['value'], all, fields<{ all: unknown[] }>('all'))
      .newValuesStream()
      .peek(({ values: [name, all] }) => void (seen[name as number] = all as unknown[]))
    const running = await new LocalCluster().submit(topology.build())
    t.is((await running.complete()).status, 'completed')
    found.push(seen)
  }
  t.deepEqual(found, [KEPT.map((value) => [value]), KEPT.map((value) => [value, value])])
})

const WRITTEN: readonly unknown[] = [null, undefined, Number.NaN, 'a\tb\nc', Buffer.from('hi'), new Date(0), new Map([['a', new Set([1])]]), { big: 10n }] // biome-ignore format: a list

test('both file sinks write a line for each tuple, and their values can be read again', async (t) => {
  const folder = folderOf(t)
  const builder = new TopologyBuilder('sinks')
  const spout = builder.setSpout(
    'values',
    () =>
      new Values(
        WRITTEN.flatMap((value) => [() => value]),
        2 * WRITTEN.length,
      ),
  )
  builder.setBolt('sink', () => new FileSinkBolt(join(folder, 'bolt.txt'))).shuffleGrouping(spout)
  const running = await new LocalCluster().submit(builder.createTopology())
  t.is((await running.complete()).status, 'completed')
  const lines = readFileSync(join(folder, 'bolt.txt'), 'utf8').trimEnd().split('\n')
  t.deepEqual(
    [...new Set(lines)],
    ['null\t0', 'undefined\t1', 'NaN\t2', '"a\\tb\\nc"\t3', '{"$bytes":"aGk="}\t4', '1970-01-01T00:00:00.000Z\t5', '{"$map":[["a",{"$set":[1]}]]}\t6', '{"big":{"$bigint":"10"}}\t7'], // biome-ignore format: a list
  )

  const topology = new TridentTopology('sink', { 'topology.state.dir': join(folder, 'state') })
  const sink = fileSink(join(folder, 'sink.jsonl'))
  topology
    .newStream(
      'rows',
      () =>
        new FixedBatchSpout(
          fields<Row>('value', 'name'),
          3,
          ...WRITTEN.map((value, name) => [value, name] as [any, number]),
        ),
    )
    .partitionPersist('sink', sink.state, ['value', 'name'], sink.updater)
  const trident = await new LocalCluster().submit(topology.build())
  t.is((await trident.complete()).status, 'completed')
  const rows = readFileSync(join(folder, 'sink.jsonl'), 'utf8').trimEnd().split('\n').map(decode)
  t.deepEqual(
    rows,
    WRITTEN.map((value, name) => ({ value: Buffer.isBuffer(value) ? new Uint8Array(value) : value, name })),
  )
})
