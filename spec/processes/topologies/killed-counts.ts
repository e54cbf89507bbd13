/**
 * Runs the topology `trident-killed` until it is through, however often it is killed, and reads what it has counted.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { resolveConfig } from '../../../lib/topology/config/config.ts'
import type { SpoutKind } from '../../../lib/trident/index.ts'
import { folderOf } from '../../folder.ts'
import { configured, type Ended, topologyFile, variables } from '../cli.ts'
import { RollCall } from '../roll-call.ts'
import type { Kill } from './kills.ts'
import { storeOf } from './trident-killed.ts'
import { TridentKills } from './trident-kills.ts'

const TASKS = 2

export interface KilledRun {
  readonly source: 'corpus' | 'transactional' | 'opaque'
  /** `embedded`, `halved`, `memory` (without kills), or the port of a Redis. */
  readonly store: string
  readonly kills: readonly Kill[]
  readonly input?: string
  readonly config?: Readonly<Record<string, unknown>>
}

/** What came of it. */
export interface KilledOutcome {
  /** Of the last start. */
  readonly ended: Ended
  /** How many kills were done. */
  readonly killed: number
  readonly starts: number
  readonly counts: Readonly<Record<string, number>>
}

/** Starts it, and again each time that the whole of it was killed. */
export async function runKilled(
  t: ExecutionContext,
  { source, store, kills, input, config = {} }: KilledRun,
): Promise<KilledOutcome> {
  const folder = folderOf(t)
  const roll = await RollCall.open(t)
  const claims = join(folder, 'claims')
  const state = join(folder, 'state')
  mkdirSync(claims)
  const given = { source, store, kills: JSON.stringify(kills), claims, ...(input === undefined ? {} : { input }) }
  const args = ['run', topologyFile('trident-killed'), '--json', ...variables(given)]
  let ended: Ended
  let starts = 0
  do {
    ended = await roll.run([...args, ...configured({ ...config, 'topology.state.dir': state })]).ended
    starts++
  } while (ended.code === null && starts <= kills.length)
  await roll.allGone()
  const kind = source === 'opaque' ? 'opaque' : 'transactional'
  const counts = sorted(await (store === 'memory' ? leftIn(claims) : countsIn(state, store, kind)))
  const killed = kills.length === 0 ? 0 : readdirSync(claims).length
  return { ended, killed, starts, counts }
}

async function countsIn(directory: string, store: string, spout: SpoutKind): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const task: any = { topology: 'killed', config: resolveConfig({ 'topology.state.dir': directory }) }
  const factory = storeOf(store === 'halved' ? 'embedded' : store, new TridentKills([], directory))
  for (let partitionIndex = 0; partitionIndex < TASKS; partitionIndex++) {
    const state = await factory.makeState({ name: 'counts', partitionIndex, numPartitions: TASKS, task, spout })
    for await (const [key, value] of state.entries!()) counts.set(key, (counts.get(key) ?? 0) + value)
    await state.close?.()
  }
  return counts
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What the partitions in memory held at the end. */
function leftIn(folder: string): Map<string, number> {
  return new Map(readdirSync(folder).flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8'))))
}

/** Counts words one after the other. */
export function countOf(words: Iterable<string>): Record<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return sorted(counts)
}
