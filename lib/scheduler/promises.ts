/**
 * What a topology promises of its tuples, and why: for each component, and for each way from a source to a sink. It
 * follows from the guarantee, and from what sources and sinks can do. Pure.
 *
 * The law: a promise is that of the weakest link, and the reason names it.
 */
import type { Ability } from '../topology/ability.ts'
import { resolveConfig } from '../topology/config/config.ts'
import type { Topology } from '../topology/topology.ts'
import type { ComponentId } from '../tuple/ids.ts'
import { edgesOf, topologicalGroups } from './graph.ts'
import { ackerCount } from './system-topology.ts'

/** How often a tuple has its effect, as far as Typhoon can say. `no promise`: some may be lost, and some doubled. */
export type HowOften = 'exactly once' | 'at least once' | 'at most once' | 'no promise'

/** What holds, and because of what. */
export interface Promised {
  readonly promise: HowOften
  readonly why: string
}

/** What holds for a component: of a source its tuples, of a bolt what it keeps in its states. */
export interface ComponentPromise extends Promised {
  readonly component: ComponentId
}

/** What holds for what a sink writes of the tuples of a source. */
export interface PathPromise extends Promised {
  readonly from: ComponentId
  readonly to: ComponentId
}

/** What a topology promises. */
export interface Promises {
  readonly guarantee: string
  /** From the sources down. */
  readonly components: readonly ComponentPromise[]
  readonly paths: readonly PathPromise[]
}

/** @param abilityOf a component of the topology */
export function promisesOf(topology: Topology, abilityOf: (component: ComponentId) => Ability): Promises {
  const { components } = topology
  const guarantee = resolveConfig(topology.config)['topology.guarantee']
  const isExact = guarantee === 'exactly-once'
  const tracks = ackerCount(topology) > 0
  const order = topologicalGroups(topology).flat()
  const source = (id: ComponentId): Promised =>
    isExact ? exactSource(id, abilityOf(id)) : looseSource(id, abilityOf(id), tracks)
  const sources = order.filter((id) => components[id]!.kind === 'spout')
  const reached = new Map(sources.map((id) => [id, behind(topology, id)]))
  const leadTo = (id: ComponentId): ComponentId[] => sources.filter((from) => reached.get(from)!.has(id))
  const late = isExact ? order.filter((id) => abilityOf(id) === 'late') : []
  /** What comes to a bolt of the tuples of a source. */
  const arriving = (from: ComponentId, to: ComponentId): Promised => {
    const on = late.find((id) => reached.get(from)!.has(id) && behind(topology, id).has(to))
    return on === undefined ? source(from) : afterLate(source(from), on)
  }
  return {
    guarantee,
    components: order.flatMap((component) => {
      if (components[component]!.kind === 'spout') return [{ component, ...source(component) }]
      const weakest = leadTo(component)
        .map((from) => arriving(from, component))
        .sort((a, b) => STRENGTH.indexOf(a.promise) - STRENGTH.indexOf(b.promise))[0]
      return weakest === undefined ? [] : [{ component, ...inBolt(weakest, isExact) }]
    }),
    paths: sinksOf(topology, abilityOf).flatMap((to) =>
      leadTo(to).map((from) => ({
        from,
        to,
        ...(isExact ? exactPath(arriving(from, to), to, abilityOf(to)) : source(from)),
      })),
    ),
  }
}

/** From the weakest on. */
const STRENGTH: readonly HowOften[] = ['no promise', 'at most once', 'at least once', 'exactly once']

function exactSource(id: ComponentId, ability: Ability): Promised {
  if (ability === 'replayable')
    return { promise: 'exactly once', why: `"${id}" goes back to its position when the run goes back to a snapshot` }
  if (ability === 'told')
    return {
      promise: 'at least once',
      why: `"${id}" has no position; its message ids are acked with snapshots, and it may emit again what was not acked`,
    }
  if (ability === 'once')
    return {
      promise: 'at most once',
      why: `what "${id}" reads cannot be read again: what it has emitted since a snapshot is lost when the run goes back`,
    }
  return { promise: 'at most once', why: `"${id}" has no position, and what it has emitted since a snapshot is lost` }
}

function looseSource(id: ComponentId, ability: Ability, tracks: boolean): Promised {
  if (!tracks) return { promise: 'at most once', why: 'no tuple is tracked' }
  if (ability === 'forgetful')
    return { promise: 'at most once', why: `"${id}" has no fail, so what fails is not emitted again` }
  if (ability === 'once')
    return {
      promise: 'no promise',
      why: `what fails is told to "${id}", which emits it again; but what it has in flight is lost with its worker, for it cannot be read again`,
    }
  return { promise: 'at least once', why: `what fails is told to "${id}", which emits it again` }
}

function afterLate({ promise, why }: Promised, id: ComponentId): Promised {
  const again = `"${id}" emits before its tuples are acked, and after a failure it emits that again`
  if (promise === 'exactly once') return { promise: 'at least once', why: again }
  return { promise: promise === 'at most once' ? 'no promise' : promise, why: `${why}; and ${again}` }
}

/** What a bolt keeps: without snapshots it lives as long as its worker. */
function inBolt(source: Promised, isExact: boolean): Promised {
  if (isExact) return source
  return { ...source, why: `${source.why}; what a bolt keeps is lost with its worker` }
}

/** What a sink has written since the snapshot that a run goes back to is written again, unless it takes it back. */
function exactPath(source: Promised, to: ComponentId, ability: Ability): Promised {
  if (ability === 'transactional') {
    if (source.promise !== 'exactly once') return source
    return { promise: 'exactly once', why: `${source.why}, and "${to}" writes with the snapshots` }
  }
  const again = `"${to}" takes no part in snapshots: after a failure it writes again what came since the last one`
  if (source.promise === 'at most once' || source.promise === 'no promise')
    return { promise: 'no promise', why: `${source.why}; and ${again}` }
  return { promise: 'at least once', why: source.promise === 'exactly once' ? again : `${source.why}; and ${again}` }
}

/** Those that nobody listens to, and those that write with the snapshots. */
function sinksOf(topology: Topology, abilityOf: (component: ComponentId) => Ability): ComponentId[] {
  const senders = new Set(edgesOf(topology).map(({ from }) => from))
  return topologicalGroups(topology)
    .flat()
    .filter((id) => topology.components[id]!.kind === 'bolt')
    .filter((id) => !senders.has(id) || abilityOf(id) === 'transactional')
}

/** All that tuples of a component lead to. */
function behind(topology: Topology, from: ComponentId): Set<ComponentId> {
  const edges = edgesOf(topology)
  const found = new Set<ComponentId>()
  const left = [from]
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    for (const edge of edges) {
      if (edge.from !== id || found.has(edge.to)) continue
      found.add(edge.to)
      left.push(edge.to)
    }
  }
  return found
}
