/** What the tasks of one component know of the compiled topology. */

import type { SpoutKind } from '../model/state.ts'
import type { StateNode } from '../program/state-node.ts'
import type { Segment, SegmentEdge } from './segments.ts'

/** A component, as the compiler has made it out. */
export interface ComponentPlan {
  readonly id: string
  readonly segments: readonly Segment[]
  readonly states: readonly StateNode[]
  /** All edges of the topology that begin or end here. */
  readonly edges: readonly SegmentEdge[]
  /** Component of a segment. */
  componentOf(segment: Segment): string
  /** The coordinator of a group; undefined for a DRPC stream, whose spout is in its place. */
  coordinatorOf(group: number): string | undefined
  /** Something in the topology writes a state. */
  isWritten(state: StateNode): boolean
  /** The batch group of what writes a state. */
  groupOf(state: StateNode): number
  /** Nothing of a group survives the end of a run. */
  isVolatile(group: number): boolean
  /** How the spouts before a state replay. */
  spoutKindOf(state: StateNode): SpoutKind
}
