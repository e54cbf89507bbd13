/**
 * What of a snapshot fits a topology, by all that its files hold: what `fitOf` sees in the manifest, the entries that
 * belong to tasks which are no more, and the tuples whose way is no more. It reads no state whose tasks are as many as
 * before.
 */

import { type Group, OF_TASK } from '../../state/group.ts'
import { plural } from '../../words/plural.ts'
import type { Manifest, Segment } from '../manifest.ts'
import { readSegment } from '../read-segment.ts'
import type { SnapshotStore } from '../snapshot-store.ts'
import type { TopologyShape } from '../topology-shape.ts'
import { type Fit, fitOf } from './fit.ts'
import { type InFlightRecord, reroute } from './reroute.ts'

/** @throws STATE_CORRUPT, STATE_UNAVAILABLE (rejects) */
export async function readFit(store: SnapshotStore, manifest: Manifest, now: TopologyShape): Promise<Fit> {
  const fit = fitOf(manifest, now)
  const losses = [...fit.losses]
  for (const { component, index, states } of manifest.tasks) {
    if (!fit.taken.has(component)) continue
    const tasks = now.components[component]!.tasks
    if (index < tasks) continue
    for (const [name, chain] of Object.entries(states)) {
      const keys = await keysOfTask(store, chain)
      if (keys > 0)
        losses.push(
          `${plural(keys, 'key')} of the state "${name}" in task ${index + 1} of "${component}", which has ${plural(tasks, 'task')} now; they were not written by key group`,
        )
    }
  }
  return { ...fit, losses: [...losses, ...(await lostOnTheirWay(store, manifest, now))] }
}

/** How many entries go with their task. */
async function keysOfTask(store: SnapshotStore, chain: readonly Segment[]): Promise<number> {
  const keys = new Set<unknown>()
  for (const segment of chain) {
    for (const { 0: group, 1: key, length } of await readSegment(store, segment)) {
      if ((group as Group) !== OF_TASK) continue
      if (length > 2) keys.add(key)
      else keys.delete(key)
    }
  }
  return keys.size
}

async function lostOnTheirWay(
  store: SnapshotStore,
  { inFlight, shape }: Manifest,
  now: TopologyShape,
): Promise<string[]> {
  const lost = new Map<string, number>()
  for (const segment of inFlight) {
    for (const record of (await readSegment(store, segment)) as Iterable<unknown> as Iterable<InFlightRecord>) {
      if (reroute(record, shape, now) !== undefined) continue
      const [to, , from, , stream] = record
      const way = `on their way from "${from}" (stream "${stream}") to "${to}"`
      lost.set(way, (lost.get(way) ?? 0) + 1)
    }
  }
  return [...lost].map(([way, count]) => `${plural(count, 'tuple')} ${way}`)
}
