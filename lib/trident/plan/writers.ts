/** What of a plan writes which state. */

import type { StateNode } from '../program/state-node.ts'
import type { GraphNode } from './graph.ts'
import type { Segment, Segments } from './segments.ts'

/** The state that a step writes. */
function writtenBy(node: GraphNode): StateNode | undefined {
  return node.type === 'operation' && node.commits ? node.state : undefined
}

/** The segment whose steps write a state; undefined for one that is only asked. */
export function writerOf(state: StateNode, { segments }: Segments): Segment | undefined {
  return segments.find(({ steps }) => steps.some(({ node }) => writtenBy(node) === state))
}

/** No state that a batch group writes outlives a run; so its spouts may begin anew with each. */
export function isVolatile(group: number, { segments }: Segments): boolean {
  const mine = segments.filter((segment) => segment.group === group)
  return mine.every(({ steps }) => steps.every(({ node }) => writtenBy(node)?.factory.survives !== true))
}

/**
 * All states that a batch group writes take back what an attempt has written, or promise nothing: so a batch may be
 * committed again with other rows. A state whose kind is left open is made so where dead letters are allowed.
 */
export function canTakeBack(group: number, { segments }: Segments): boolean {
  const mine = segments.filter((segment) => segment.group === group)
  return mine.every(({ steps }) =>
    steps.every(({ node }) => {
      const kind = writtenBy(node)?.factory.kind
      return kind !== 'transactional' && kind !== 'own'
    }),
  )
}
