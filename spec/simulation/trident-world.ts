/**
 * A Trident topology out of a seed: spouts of both kinds that are exactly once, several segments, a merge, a chain of
 * two states, windows; and what goes wrong with it. What must stand in the states at the end is counted here, without
 * any of that.
 */
import { type ConfigMap, fields, type TopologyDefinition } from '../../lib/index.ts'
import type { LocalClusterOptions } from '../../lib/testing/index.ts'
import {
  Count,
  embeddedMap,
  generatedBatches,
  type MapState,
  MemoryTransactionalSpout,
  mapState,
  OpaqueMemoryTransactionalSpout,
  type PerTask,
  type RowsByPartition,
  type SpoutKind,
  type StateFactory,
  type Stream,
  Sum,
  type TridentFilter,
  TridentTopology,
  tumblingCount,
} from '../../lib/trident/index.ts'
import { SNAPSHOT_KEY } from '../../lib/trident/state/map/snapshottable-map.ts'
import { Prng } from '../../lib/util/prng.ts'
import { FlakyMap, type TridentJournal, watched } from './trident-journal.ts'

/** From then on nothing goes wrong. */
export const TROUBLE_MS = 1_500
const WINDOW = 3
const WORDS = 12

type Word = { word: string }
type Source = {
  readonly id: string
  readonly kind: 'memory' | 'opaque' | 'generated'
  readonly words: RowsByPartition<Word>
}

export type TridentFault =
  | { readonly at: number; readonly kind: 'kill'; readonly worker: number }
  | { readonly at: number; readonly kind: 'cut' | 'heal'; readonly a: number; readonly b: number }

export interface TridentWorld {
  readonly seed: number
  readonly config: ConfigMap
  readonly cluster: LocalClusterOptions
  readonly sources: readonly Source[]
  readonly batchSize: number
  /** Tasks of the spouts, of the middle, of the states. */
  readonly tasks: readonly [number, number, number]
  /** Probabilities that a row throws, behind the spout or in its own task, and that a write fails. */
  readonly throws: number
  readonly sourceThrows: number
  readonly fullDisk: number
  readonly store: 'embedded' | 'flaky'
  /** Rows reach the writer of a state by turns, so that a replay deals them out otherwise. */
  readonly dealt: boolean
  readonly faults: readonly TridentFault[]
}

/** @param directory for its states */
export function makeTridentWorld(seed: number, directory = ''): TridentWorld {
  const random = new Prng(seed)
  const pick = <T>(...choices: readonly T[]): T => choices[random.below(choices.length)] as T
  const workers = 1 + random.below(3)
  const kinds = [pick('memory', 'opaque', 'generated'), pick('memory', 'opaque', 'generated')] as const
  const sources = kinds.slice(0, 1 + random.below(2)).map((kind, index) => ({
    id: `s${index}`,
    kind,
    words: Array.from({ length: kind === 'generated' ? 1 : 1 + random.below(4) }, () =>
      Array.from({ length: random.below(120) }, () => [`w${random.below(WORDS)}`] as const),
    ),
  }))
  return {
    seed,
    sources,
    config: {
      'topology.workers': workers,
      'topology.message.timeout.secs': 5,
      'topology.replay.delay.ms': 10,
      'topology.replay.max.delay.ms': 50,
      'topology.replay.max.attempts': 1_000_000,
      'topology.worker.max.restarts': 100,
      'topology.state.dir': directory,
      'topology.state.sync': 'none',
      'topology.trident.max.batches.pending': pick(1, 2, 4, 8),
      'topology.trident.batch.emit.interval.millis': pick(0, 5, 20),
      'topology.trident.batch.max.rows': pick(3, 10, 1_000_000),
      'topology.bolt.concurrency': pick(1, 4),
      'topology.acker.executors': pick(null, 1, 3),
      'topology.testing.always.try.serialize': pick(true, false),
    },
    cluster: { seed, minDelayMs: pick(0, 1), maxDelayMs: pick(2, 10, 40), loss: pick(0, 0, 0.01, 0.05) },
    batchSize: 1 + random.below(8),
    tasks: [1 + random.below(3), 1 + random.below(3), 1 + random.below(3)],
    throws: pick(0, 0.002, 0.02),
    sourceThrows: pick(0, 0, 0.02),
    fullDisk: pick(0, 0.02, 0.2),
    store: pick('embedded', 'flaky'),
    dealt: pick(true, false),
    faults: makeFaults(random, workers),
  }
}

function makeFaults(random: Prng, workers: number): TridentFault[] {
  const faults: TridentFault[] = []
  for (let kills = random.below(12); kills > 0; kills--)
    faults.push({ at: random.below(TROUBLE_MS), kind: 'kill', worker: 1 + random.below(workers) })
  for (let cuts = workers > 1 ? random.below(4) : 0; cuts > 0; cuts--) {
    const at = random.below(TROUBLE_MS)
    const [a, b] = random.shuffle(Array.from({ length: workers }, (_, index) => index + 1)) as [number, number]
    faults.push({ at, kind: 'cut', a, b }, { at: at + 5 + random.below(200), kind: 'heal', a, b })
  }
  return faults
}

/** The factory of a map of the world. */
export function storeOf(world: TridentWorld, journal: TridentJournal): StateFactory<MapState<number>> {
  if (world.store === 'embedded') return embeddedMap<number>()
  return mapState<number>({
    label: 'flaky',
    survives: true,
    create: ({ name, partitionIndex, task }) => {
      const fails = (): number => (task.now() < TROUBLE_MS && task.random() < world.fullDisk ? task.random() : 2)
      return new FlakyMap(journal.diskOf(name, partitionIndex), fails)
    },
  })
}

const word = fields<Word>('word')

export function tridentDefinitionOf(world: TridentWorld, journal: TridentJournal): TopologyDefinition {
  const topology = new TridentTopology(`trident-${world.seed}`, world.config)
  const [spouts, middle, states] = world.tasks
  const streams = world.sources.map((source) =>
    topology
      .newStream(source.id, () => spoutOf(source, world.batchSize))
      .each(['word'], troubled(world.sourceThrows))
      .parallelismHint(spouts),
  )
  const merged = streams.length > 1 ? topology.merge(...streams) : streams[0]!
  // What was dealt out and then prepared for its task makes all states behind it opaque.
  const words = (world.dealt ? merged.shuffle() : merged.partitionBy(['word']))
    .each(['word'], troubled(world.throws))
    .parallelismHint(middle)
  const store = (): StateFactory<MapState<number>> => watched(storeOf(world, journal), journal)

  words.groupBy(['word']).persistentAggregate('counts', store(), Count, fields('count')).parallelismHint(states)
  words
    .aggregate(Count, fields<{ rows: number }>('rows'))
    .persistentAggregate('total', store(), ['rows'], Sum, fields('total'))

  const seen = (world.dealt ? words.shuffle() : words.partitionBy(['word']))
    .partitionPersist('seen', store(), ['word'], countAndTell, fields<Word>('word'))
    .parallelismHint(states)
  const told: Stream<Word> = seen.newValuesStream()
  told.groupBy(['word']).persistentAggregate('told', store(), Count, fields('count')).parallelismHint(states)

  words
    .groupBy(['word'])
    .window('windows', tumblingCount(WINDOW), ['word'], Count, fields<{ rows: number }>('rows'))
    .parallelismHint(states)
    .groupBy(['word'])
    .persistentAggregate('windowed', store(), ['rows'], Sum, fields('rows'))
  return topology.build()
}

/** Counts each word in the state of its partition, and hands every tuple on. */
function countAndTell(
  state: MapState<number>,
  tuples: readonly { values: readonly unknown[] }[],
  collector: any,
): void {
  for (const { values } of tuples) {
    void state.multiUpdate([String(values[0])], (stored = 0) => stored + 1)
    collector.emit(values)
  }
}

function spoutOf({ kind, words }: Source, batchSize: number) {
  if (kind === 'opaque') return new OpaqueMemoryTransactionalSpout(word, batchSize, words)
  if (kind === 'memory') return new MemoryTransactionalSpout(word, batchSize, words)
  const all = words.flat()
  return generatedBatches({ fields: word, seed: 1, total: all.length, partitions: 3 }, (_, index) => [
    all[index]![0] as string,
  ])
}

function troubled(probability: number): PerTask<TridentFilter> {
  return {
    prepare:
      ({ task }) =>
      () => {
        if (task.now() < TROUBLE_MS && task.random() < probability) throw new Error('a bad day')
        return true
      },
  }
}

/** How the spouts of the world replay, taken together. */
export function kindOf({ sources }: TridentWorld): SpoutKind {
  return sources.some(({ kind }) => kind === 'opaque') ? 'opaque' : 'transactional'
}

/** What must stand in each state: counted one after the other. */
export function expectedOf({ sources }: TridentWorld): Record<string, Record<string, number>> {
  const all = sources.flatMap(({ words }) => words.flat().map(([text]) => text as string))
  const counts: Record<string, number> = {}
  for (const one of all) counts[one] = (counts[one] ?? 0) + 1
  const full = Object.entries(counts).map(([one, count]) => [one, count - (count % WINDOW)] as const)
  return {
    counts,
    seen: counts,
    told: counts,
    total: all.length > 0 ? { [SNAPSHOT_KEY]: all.length } : {},
    windowed: Object.fromEntries(full.filter(([, count]) => count > 0)),
  }
}

/** How many partitions a state of the world has. */
export function partitionsOf({ tasks }: TridentWorld, state: string): number {
  return state === 'total' || state === 'windowed' ? 1 : tasks[2]
}
