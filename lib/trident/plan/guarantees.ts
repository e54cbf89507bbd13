/**
 * What each state promises, and why: the matrix of spouts and states (Storm's documentation, "Trident State"). A state
 * that would count wrong on a replay is an error; a state that is merely weak is said to be so.
 */
import type { Problem } from '../../index.ts'
import type { SpoutKind, StateKind } from '../model/state.ts'
import type { StateNode } from '../program/state-node.ts'
import { ancestryOf, type Graph, type GraphNode, inputsOf, type OperationNode } from './graph.ts'

/** What a state promises. */
export interface Guarantee {
  readonly state: StateNode
  readonly replay: Replay
  readonly kind: StateKind | 'own'
  readonly promise: 'exactly once' | 'at least once' | 'its own affair' | 'read only'
  readonly why: string
}

/** How the tuples that come to a step are replayed, and what makes them so weak: a spout, or a step on the way. */
export interface Replay {
  readonly kind: SpoutKind
  readonly because?: GraphNode
  /** It is opaque for the rows alone that a batch is committed without. */
  readonly leavesOut?: boolean
}

const STRENGTH: readonly SpoutKind[] = ['non-transactional', 'opaque', 'transactional']

/**
 * The weakest thing on the way to a step. From a transactional spout the same tuples come again as long as they only
 * pass steps that are steady. Any other step may emit something else on a replay, so that what comes behind it must be
 * able to take back what a failed attempt has written.
 */
function replayTo(node: GraphNode, graph: Graph): Replay {
  const found = ancestryOf(node).flatMap((step) =>
    step === node && step.type === 'operation' ? ownReplay(step) : replayBy(step, graph),
  )
  return weakest(found)
}

function replayBy(step: GraphNode, graph: Graph): Replay[] {
  if (step.type === 'spout') return [{ kind: step.kind, because: step }]
  if (step.type !== 'operation') return []
  if (step.commits && isWeak(step.state!, graph)) return [{ kind: 'non-transactional', because: step }]
  const asksWhatChanges = !step.commits && step.state !== undefined && writersOf(graph, step.state).length > 0
  const isSteady = step.steady === 'always' || (step.steady === 'by partition' && !isDealtOut(step))
  return isSteady && !asksWhatChanges ? ownReplay(step) : [{ kind: 'opaque', because: step }]
}

/** A step that writes what was dealt out. */
function ownReplay(step: OperationNode): Replay[] {
  return step.commits && isDealtOut(step) ? [{ kind: 'opaque', because: step }] : []
}

/** Its values are not what they would be without a failure, and neither is what is made of them. */
function isWeak(state: StateNode, graph: Graph): boolean {
  const kind = state.factory.kind ?? replayBefore(graph, state).kind
  return kind === 'non-transactional' || kind === 'own'
}

function weakest(replays: readonly Replay[]): Replay {
  return replays.reduce((worst, one) => (STRENGTH.indexOf(one.kind) < STRENGTH.indexOf(worst.kind) ? one : worst), {
    kind: 'transactional',
  })
}

/**
 * Whether a replay may bring a row to another partition than before, as shuffle does. A partition that has written its
 * part of a batch would leave out what is new to it, and another one count again what it had; it must take back the
 * former attempt, as an opaque state does.
 */
function isDealtOut(node: GraphNode): boolean {
  return inputsOf(node).some((input) => {
    if (input.type !== 'repartition' || input.how.type === 'identity') return isDealtOut(input)
    return DEALING.has(input.how.type)
  })
}

const DEALING: ReadonlySet<string> = new Set(['shuffle', 'local-or-shuffle', 'custom'])

/** How the tuples before the writers of a state are replayed. */
export function replayBefore(graph: Graph, state: StateNode): Replay {
  return weakest(writersOf(graph, state).map((writer) => replayTo(writer, graph)))
}

/**
 * The promise of each state.
 * @param leavesOut a batch is committed without the rows that it fails for for ever: a replay is as one of an opaque
 * spout
 */
export function guaranteesOf(graph: Graph, leavesOut: boolean): Guarantee[] {
  return graph.states.map((state) => {
    const spout = replayBefore(graph, state)
    const replay: Replay = leavesOut && spout.kind === 'transactional' ? { kind: 'opaque', leavesOut } : spout
    const kind = state.factory.kind ?? (leavesOut ? 'opaque' : spout.kind)
    return { state, replay, kind, ...promiseOf(graph, state, replay, kind) }
  })
}

/**
 * States that would count wrong: a transactional one leaves out what it takes for a replay. Any other is at worst as
 * weak as its spout, which `promise` says.
 */
export function problemsOf(guarantees: readonly Guarantee[]): Problem[] {
  return guarantees.flatMap(({ state, replay, kind }) => {
    if (kind !== 'transactional' || replay.kind === 'transactional' || replay.leavesOut) return []
    return [
      {
        code: 'STATE_KIND',
        message: `the state "${state.name}" is transactional, and ${because(replay)}: it would leave out tuples that it has not seen`,
        where: { state: state.name },
        hint:
          replay.kind === 'opaque'
            ? 'make the state opaque, or leave its kind away'
            : 'leave its kind away, which makes it non-transactional, or take a spout that replays its batches',
      },
    ]
  })
}

function promiseOf(
  graph: Graph,
  state: StateNode,
  replay: Replay,
  kind: StateKind | 'own',
): Pick<Guarantee, 'promise' | 'why'> {
  if (writersOf(graph, state).length === 0) return { promise: 'read only', why: 'nothing writes it here' }
  if (kind === 'own')
    return {
      promise: 'its own affair',
      why: 'it is neither transactional nor opaque; it gets each transaction id, in order',
    }
  if (replay.kind === 'non-transactional') return { promise: 'at least once', why: because(replay) }
  if (kind === 'non-transactional')
    return { promise: 'at least once', why: 'it does not remember which batch it has seen' }
  if (kind === 'opaque')
    return {
      promise: 'exactly once',
      why: `${because(replay)}, and the state takes back what a failed attempt has written`,
    }
  const seen = 'the state leaves out what it has seen'
  // What has begun to be committed there is never committed with other rows.
  const why = replay.leavesOut
    ? `a batch that it has seen a part of comes again as it was, and ${seen}`
    : `${because(replay)}, and ${seen}`
  return { promise: 'exactly once', why }
}

function because({ kind, because: node, leavesOut }: Replay): string {
  if (leavesOut) return 'a batch may come again without rows that it fails for (topology.trident.dead.letters)'
  if (kind === 'transactional') return 'its spout replays a batch as it was'
  const step = node?.type === 'operation' ? `"${node.label}"` : undefined
  if (kind === 'opaque')
    return step === undefined
      ? 'its spout is opaque, which may replay a batch with other tuples'
      : `${step} may bring other tuples when a batch is replayed`
  return step === undefined
    ? 'its spout has no partitions: where its worker is lost, it may bring tuples of one batch in another'
    : `${step} may count a tuple twice`
}

function writersOf(graph: Graph, state: StateNode): OperationNode[] {
  return graph.nodes.filter(
    (node): node is OperationNode => node.type === 'operation' && node.commits && node.state === state,
  )
}
