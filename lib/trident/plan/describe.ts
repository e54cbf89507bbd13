/**
 * A plan in words, for `typhoon plan`, to be read at night: for each source of batches and each DRPC function, which
 * steps run together in which component, how rows get from one to the next, and what waits for the commit; then what
 * each state promises, and why.
 *
 *     batches of "lines", by coordinator
 *       spout-lines: spout lines, transactional → flatMap to word → combine count by word
 *         ⇒ counts, by the field word
 *       counts: ┃ counts: count by word
 *       ┃ waits for the commit; commits come one after the other, in the order of the batches
 */

import { nounFor } from '../../words/plural.ts'
import type { StateNode } from '../program/state-node.ts'
import type { Repartition } from './graph.ts'
import type { Guarantee } from './guarantees.ts'
import type { Names } from './names.ts'
import type { BatchGroup, Segment, SegmentEdge, Segments, Step } from './segments.ts'
import { canTakeBack, isVolatile, writerOf } from './writers.ts'

const COMMIT = '┃'

/**
 * Lines without indentation for headings, indented ones below them.
 * @param leavesOut rows that fail for ever become dead letters
 */
export function describe(
  segments: Segments,
  names: Names,
  guarantees: readonly Guarantee[],
  leavesOut: boolean,
): string[] {
  const batches = segments.groups.filter(({ sources }) => sources[0]!.type === 'spout')
  const requests = segments.groups.filter(({ sources }) => sources[0]!.type === 'drpc')
  return [
    ...batches.flatMap((group) => [
      ...describeGroup(group, segments, names),
      ...(leavesOut ? [`  ${lettersText(group, segments)}`] : []),
    ]),
    ...requests.flatMap((group) => describeGroup(group, segments, names)),
    ...guarantees.flatMap((guarantee) => describeState(guarantee, segments, names)),
  ]
}

function describeGroup(group: BatchGroup, segments: Segments, names: Names): string[] {
  const mine = segments.segments.filter((segment) => segment.group === group.id)
  const commits = mine.some(({ steps }) => steps.some(({ afterCommit }) => afterCommit))
  return [
    titleOf(group, names),
    ...mine.flatMap((segment) => describeSegment(segment, segments.edges, names)),
    ...(commits
      ? [`  ${COMMIT} waits for the commit; commits come one after the other, in the order of the batches`]
      : []),
  ]
}

/** What becomes of rows that fail for ever. */
function lettersText({ id, sources }: BatchGroup, segments: Segments): string {
  const limits = [
    ...(canTakeBack(id, segments) ? [] : ['fails in the commit of a state that cannot take it back']),
    ...(sources.some((source) => source.type === 'spout' && source.kind === 'non-transactional')
      ? ['ends the worker of a spout without partitions']
      : []),
  ]
  const unless = limits.length === 0 ? '' : `; one that ${limits.join(', or ')}, stops the topology`
  return `a row that fails for ever becomes a dead letter, and the rest of its batch is committed${unless}`
}

function titleOf({ id, sources }: BatchGroup, names: Names): string {
  const [first] = sources
  if (first!.type === 'drpc') return `DRPC function "${first!.function}", a batch for each request`
  const streams = sources.map((source) => (source.type === 'spout' ? `"${source.txId}"` : ''))
  const together = sources.length > 1 ? ', begun and committed together' : ''
  return `batches of ${streams.join(' and ')}${together}, by ${names.sourceOf(id)}`
}

function describeSegment(segment: Segment, edges: readonly SegmentEdge[], names: Names): string[] {
  const component = names.componentOf(segment.component)
  const chains = chainsOf(segment)
  return [
    ...chains.map((chain, index) => `  ${index === 0 ? `${component}: ` : '  and → '}${chainText(chain)}`),
    ...edges.filter(({ from }) => from === segment).map((edge) => `    ${edgeText(edge, chains, names)}`),
  ]
}

function edgeText(
  { from, fromStep, to, how, afterCommit }: SegmentEdge,
  chains: readonly Step[][],
  names: Names,
): string {
  const step = from.steps[fromStep]!
  const isEnd = chains.length === 1 && chains[0]!.at(-1) === step
  const text = `⇒ ${names.componentOf(to.component)}, ${howText(how)}${isEnd ? '' : `, from "${stepText(step)}"`}`
  return afterCommit ? `${COMMIT} ${text}` : text
}

/** The steps one after the other; a chain of its own for each further branch, from the step where it leaves. */
function chainsOf({ steps }: Segment): Step[][] {
  const entered = new Set(steps.flatMap(({ next }) => next.map(({ step }) => step)))
  const seen = new Set<number>()
  const chains: Step[][] = []
  const follow = (first: number, chain: Step[]): void => {
    chains.push(chain)
    let at: number | undefined = first
    while (at !== undefined && !seen.has(at)) {
      seen.add(at)
      const step: Step = steps[at]!
      chain.push(step)
      const targets: number[] = step.next.map((one) => one.step).filter((one) => !seen.has(one))
      for (const branch of targets.slice(1)) branches.push([branch, step])
      at = targets[0]
    }
  }
  const branches: [number, Step][] = []
  for (const index of steps.keys()) {
    if (entered.has(index)) continue
    follow(index, [])
    for (let branch = branches.shift(); branch !== undefined; branch = branches.shift())
      if (!seen.has(branch[0])) follow(branch[0], [])
  }
  return chains
}

/** The chain as text; everything after the mark waits for the commit. */
function chainText(chain: readonly Step[]): string {
  const first = chain.findIndex(({ afterCommit }) => afterCommit)
  return chain.map((step, index) => `${index === first ? `${COMMIT} ` : ''}${stepText(step)}`).join(' → ')
}

function stepText({ node }: Step): string {
  if (node.type === 'spout') return `spout ${node.txId}, ${node.kind}`
  // The arrow stands between steps.
  return node.type === 'drpc' ? `requests of ${node.function}` : node.label.replace(' → ', ' to ')
}

function howText(how: Repartition): string {
  switch (how.type) {
    case 'partition-by':
      return `by the ${nounFor(how.fields.length, 'field')} ${how.fields.join(', ')}`
    case 'shuffle':
      return 'evenly'
    case 'local-or-shuffle':
      return 'evenly, within the worker where possible'
    case 'broadcast':
      return 'to all of its tasks'
    case 'global':
      return 'to its first task'
    case 'batch-global':
      return 'each batch to one task'
    case 'identity':
      return 'to the task of the same number'
    case 'custom':
      return 'as a custom grouping chooses'
  }
}

function describeState({ state, kind, promise, why }: Guarantee, segments: Segments, names: Names): string[] {
  const home = segments.placements.find(({ states }) => states.has(state))
  const where = home === undefined ? 'nothing uses it' : `in ${names.componentOf(home)}`
  const { label } = state.factory
  return [
    `state "${state.name}": ${promise}`,
    `  ${[label, ...(kind === 'own' ? [] : [kind]), where].join('; ')}`,
    `  because ${why}`,
    `  ${lifeText(state, segments)}`,
  ]
}

function lifeText(state: StateNode, segments: Segments): string {
  if (state.factory.survives) return 'it survives the end of its worker and of the run'
  const writer = writerOf(state, segments)
  if (writer === undefined) return 'it is made anew in each worker'
  return isVolatile(writer.group, segments)
    ? 'it is lost with its worker; each run begins anew'
    : 'it is lost with its worker and with its run, and the spouts go on where they were, for the sake of the other states: what it counts then is not all'
}
