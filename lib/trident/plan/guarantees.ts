/**
 * What each state promises, and why: the matrix of spouts and states (Storm's documentation, "Trident State"). A state that would count wrong
 * on a replay is an error; a state that is merely weak is said to be so.
 */
import type { Problem } from '../../index.ts'
import type { SpoutKind, StateKind } from '../state/state.ts'
import { ancestryOf, type Graph, type GraphNode, inputsOf, type OperationNode, type StateNode } from './graph.ts'

/** What a state promises. */
export interface Guarantee {
  readonly state: StateNode
  readonly spout: SpoutKind
  readonly kind: StateKind | 'own'
  readonly promise: 'exactly once' | 'at least once' | 'its own affair' | 'read only'
  readonly why: string
}

/** The weakest of the sources of a node, and what lies between. */
export function spoutKindOf(node: GraphNode): SpoutKind {
  const kinds = new Set<SpoutKind>()
  for (const ancestor of ancestryOf(node)) {
    if (ancestor.type === 'spout') kinds.add(ancestor.kind)
    else if (ancestor.type !== 'operation') continue
    else if (ancestor.varies && ancestor !== node) kinds.add('opaque')
    else if (ancestor.commits && isDealtOut(ancestor)) kinds.add('opaque')
  }
  if (kinds.has('non-transactional')) return 'non-transactional'
  return kinds.has('opaque') ? 'opaque' : 'transactional'
}

/**
 * Whether a replay may bring a row to another partition than before, as shuffle does. A partition that has written its part of a batch would leave out
 * what is new to it, and another one count again what it had; it must take back the former attempt, as an opaque state does.
 */
function isDealtOut(node: GraphNode): boolean {
  return inputsOf(node).some((input) => {
    if (input.type !== 'repartition' || input.how.type === 'identity') return isDealtOut(input)
    return DEALING.has(input.how.type)
  })
}

const DEALING: ReadonlySet<string> = new Set(['shuffle', 'local-or-shuffle', 'custom'])

/** How the spouts before the writers of a state replay. */
export function spoutKindBefore(graph: Graph, state: StateNode): SpoutKind {
  const kinds = writersOf(graph, state).map(spoutKindOf)
  if (kinds.includes('non-transactional')) return 'non-transactional'
  return kinds.includes('opaque') ? 'opaque' : 'transactional'
}

/** The promise of each state. */
export function guaranteesOf(graph: Graph): Guarantee[] {
  return graph.states.map((state) => {
    const spout = spoutKindBefore(graph, state)
    const kind = state.factory.kind ?? spout
    return { state, spout, kind, ...promiseOf(graph, state, spout, kind) }
  })
}

/**
 * States that would count wrong: a transactional one leaves out what it takes for a replay. Any other is at worst as weak as its spout, which
 * `promise` says.
 */
export function problemsOf(guarantees: readonly Guarantee[]): Problem[] {
  return guarantees.flatMap(({ state, spout, kind }) => {
    if (kind !== 'transactional' || spout === 'transactional') return []
    return [
      {
        code: 'BAD_OPERATION',
        message: `the state "${state.name}" is ${kind} and gets its tuples from ${article(spout)} ${spout} spout: a batch that is replayed with other tuples would lose some of them`,
        where: {},
        hint:
          spout === 'opaque'
            ? 'make the state opaque'
            : 'leave its kind away, which makes it non-transactional, or take a spout that replays its batches',
      },
    ]
  })
}

function promiseOf(
  graph: Graph,
  state: StateNode,
  spout: SpoutKind,
  kind: StateKind | 'own',
): Pick<Guarantee, 'promise' | 'why'> {
  if (writersOf(graph, state).length === 0) return { promise: 'read only', why: 'nothing writes it here' }
  if (kind === 'own')
    return {
      promise: 'its own affair',
      why: 'it is neither transactional nor opaque; it gets each transaction id, in order',
    }
  if (spout === 'non-transactional')
    return {
      promise: 'at least once',
      why: 'its spout may replay a batch with other tuples, or tuples of one batch in another',
    }
  if (kind === 'non-transactional')
    return { promise: 'at least once', why: 'it does not remember which batch it has seen' }
  if (kind === 'opaque') {
    const why =
      spout === 'opaque'
        ? 'its spout puts each tuple into one batch that succeeds'
        : 'its spout replays a batch as it was'
    return { promise: 'exactly once', why: `${why}, and the state takes back what a failed attempt has written` }
  }
  if (spout === 'transactional')
    return {
      promise: 'exactly once',
      why: 'its spout replays a batch as it was, and the state leaves out what it has seen',
    }
  return { promise: 'at least once', why: 'its spout may replay a batch with other tuples' }
}

function writersOf(graph: Graph, state: StateNode): OperationNode[] {
  return graph.nodes.filter(
    (node): node is OperationNode => node.type === 'operation' && node.commits && node.state === state,
  )
}

function article(word: string): string {
  return /^[aeiou]/.test(word) ? 'an' : 'a'
}
