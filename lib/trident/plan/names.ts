/**
 * The names of what a plan is made of: from the user's names where there are any, and the same whenever the topology is
 * built.
 */
import type { DrpcNode, SpoutNode } from './graph.ts'
import type { BatchGroup, Placement, Segments } from './segments.ts'

/** Looks names up. */
export interface Names {
  componentOf(placement: Placement): string
  /** The coordinator of a batch group, or the spout of a DRPC stream. */
  sourceOf(group: number): string
  /** The name under which the metadata of a batch group are kept: it must not change from run to run. */
  groupOf(group: number): string
}

export function namesOf({ placements, groups }: Segments): Names {
  const taken = new Set<string>()
  const sources = groups.map((group) => unique(sourceName(group, groups), taken))
  const components = new Map(placements.map((placement) => [placement, unique(componentName(placement), taken)]))
  return {
    componentOf: (placement) => components.get(placement)!,
    sourceOf: (group) => sources[group]!,
    groupOf: (group) =>
      groups[group]!.sources.map((source) => encodeURIComponent(nameOf(source)))
        .sort()
        .join('+'),
  }
}

function sourceName(group: BatchGroup, groups: readonly BatchGroup[]): string {
  const [first] = group.sources
  if (first!.type === 'drpc') return `drpc-${first!.function}`
  const isOnly = groups.filter(({ sources }) => sources[0]!.type === 'spout').length === 1
  return isOnly ? 'coordinator' : `coordinator-${group.sources.map(nameOf).join('-')}`
}

/** The user's names for the steps, else what the component is about. */
function componentName({ segments, states }: Placement): string {
  const nodes = segments.flatMap(({ steps }) => steps.map(({ node }) => node))
  const [first] = nodes
  const own = [...new Set(nodes.flatMap(({ name }) => name ?? []))]
  const sources = first!.type === 'spout' || first!.type === 'drpc' ? [nameOf(first!)] : []
  if (own.length > 0 || sources.length > 0)
    return [...sources.map((name) => `${first!.type === 'drpc' ? 'requests' : 'spout'}-${name}`), ...own].join('-')
  if (states.size > 0) return [...states].map(({ name }) => name).join('-')
  const last = nodes.at(-1)!
  return last.type === 'operation' ? slug(last.label) : 'step'
}

function nameOf(source: SpoutNode | DrpcNode): string {
  return source.type === 'spout' ? source.txId : source.function
}

function slug(label: string): string {
  return (
    label
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'step'
  )
}

function unique(name: string, taken: Set<string>): string {
  let free = name
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`
  taken.add(free)
  return free
}
