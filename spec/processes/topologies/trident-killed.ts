/**
 * Words are counted exactly once, while worker or run is killed. Variables: `source`: `corpus` (a pattern of files in
 * `input`), `transactional`,
 * `opaque` (numbered rows); `store`: `embedded`, `halved`, `memory`, or the port of a Redis; `kills`, JSON; `claims`, a
 * folder.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fields, type TopologyFunction } from '../../../lib/index.ts'
import {
  Count,
  embeddedMap,
  type MapState,
  MemoryTransactionalSpout,
  mapState,
  memoryMap,
  OpaqueMemoryTransactionalSpout,
  PartitionedFileSpout,
  redisMap,
  type StateFactory,
  type Stream,
  TridentTopology,
} from '../../../lib/trident/index.ts'
import { LmdbBackingMap } from '../../../lib/trident/state/backing/lmdb-backing-map.ts'
import { manifestOf } from '../../../lib/trident/state/backing/manifest.ts'
import { embeddedDirectory } from '../../../lib/trident/state/factories.ts'
import { HalvedMap, TridentKills } from './trident-kills.ts'

type Word = { word: string }

const PARTITIONS = 3
const ROWS = 1500
const WORDS = 17
const word = fields<Word>('word')

/** What the numbered rows come to. */
export function rowsOf(): [word: string][][] {
  return Array.from({ length: PARTITIONS }, (_, partition) =>
    Array.from({ length: ROWS }, (_, row) => [`w${(row * row + partition) % WORDS}`] as [string]),
  )
}

export function storeOf(store: string, kills: TridentKills, folder = '.'): StateFactory<MapState<number>> {
  if (store === 'memory') return leftBehind(memoryMap<number>(), folder)
  if (store === 'embedded') return embeddedMap<number>()
  if (store !== 'halved') return redisMap<number>({ port: Number(store) })
  return mapState<number>({
    label: 'halves',
    survives: true,
    create(context, kind) {
      const map = new LmdbBackingMap(embeddedDirectory(context), manifestOf(context, kind), { sync: 'none' })
      return new HalvedMap(map, kills)
    },
  })
}

/** What a partition in memory held at the end, in a file. */
function leftBehind(factory: StateFactory<MapState<number>>, folder: string): StateFactory<MapState<number>> {
  return {
    ...factory,
    async makeState(context) {
      const state = await factory.makeState(context)
      state.close = async () => {
        const entries: (readonly [string, number])[] = []
        for await (const entry of state.entries!()) entries.push(entry)
        writeFileSync(join(folder, `memory-${context.partitionIndex}.json`), JSON.stringify(entries))
      }
      return state
    },
  }
}

function wordsIn(topology: TridentTopology, source: string, input: string): Stream<Word> {
  const batch = 9
  if (source === 'transactional')
    return topology.newStream('words', () => new MemoryTransactionalSpout(word, batch, rowsOf()))
  if (source === 'opaque')
    return topology.newStream('words', () => new OpaqueMemoryTransactionalSpout(word, batch, rowsOf()))
  return topology
    .newStream('lines', () => new PartitionedFileSpout(input))
    .flatMap(
      (tuple) =>
        tuple
          .get('line')
          .split(/\s+/)
          .filter(Boolean)
          .map((one): [string] => [one]),
      word,
    )
}

const killed: TopologyFunction = ({ variables }) => {
  const { source = 'corpus', store = 'embedded', kills = '[]', claims = '.', input = '' } = variables
  const killer = new TridentKills(JSON.parse(kills), claims)
  if (kills !== '[]') killer.watch()
  const topology = new TridentTopology('killed', {
    'topology.workers': 2,
    'topology.replay.delay.ms': 5,
    'topology.replay.max.delay.ms': 50,
    'topology.worker.max.restarts': 100,
    'topology.worker.restart.max.delay.ms': 10,
    'topology.trident.batch.emit.interval.millis': 2,
    'topology.state.sync': 'none',
  })
  const counts = storeOf(store, killer, claims)
  wordsIn(topology, source, input)
    .parallelismHint(2)
    .groupBy(['word'])
    .persistentAggregate('counts', kills === '[]' ? counts : killer.watched(counts), Count, fields('count'))
    .parallelismHint(2)
  return topology.build()
}

export default killed
