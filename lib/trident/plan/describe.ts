/** A plan in words, for `typhoon plan`: which steps run together, how rows get from one place to the next, what each state promises. */
import type { Repartition } from './graph.ts'
import type { Guarantee } from './guarantees.ts'
import type { Names } from './names.ts'
import type { Edge, Segment, Segments, Step } from './segments.ts'

/** Lines without indentation for headings, indented ones below them. */
export function describe(segments: Segments, names: Names, guarantees: readonly Guarantee[]): string[] {
  return [...segments.groups.flatMap(({ id }) => describeGroup(id, segments, names)), ...describeStates(guarantees)]
}

function describeGroup(group: number, { segments, edges, groups }: Segments, names: Names): string[] {
  const [first] = groups[group]!.sources
  const title = first!.type === 'drpc' ? `requests of ${first!.function}` : `batches of ${names.groupOf(group)}`
  const mine = segments.filter((segment) => segment.group === group)
  return [title, ...mine.flatMap((segment) => describeSegment(segment, edges, names))]
}

function describeSegment(segment: Segment, edges: readonly Edge[], names: Names): string[] {
  const steps = segment.steps.map(describeStep).join(' → ')
  const leaving = edges.filter(({ from }) => from === segment)
  return [
    `  ${names.componentOf(segment.component)}: ${steps}`,
    ...leaving.map((edge) => `    → ${names.componentOf(edge.to.component)} by ${describeHow(edge.how)}`),
  ]
}

function describeStep({ node, afterCommit }: Step): string {
  if (node.type === 'spout') return `spout ${node.txId} (${node.kind})`
  if (node.type === 'drpc') return `requests of ${node.function}`
  return afterCommit && node.commits ? `${node.label} [at the commit]` : node.label
}

function describeHow(how: Repartition): string {
  if (how.type === 'partition-by') return `fields ${how.fields.join(', ')}`
  return how.type === 'batch-global' ? 'one partition for each batch' : how.type
}

function describeStates(guarantees: readonly Guarantee[]): string[] {
  return guarantees.flatMap(({ state, kind, promise, why }) => [
    `state ${state.name}: ${state.factory.label}, ${kind}: ${promise}`,
    `  ${why}`,
    state.factory.survives
      ? '  it survives the end of its worker and of the run'
      : '  it is lost with its worker; each run begins anew',
  ])
}
