/** How streams are joined, as who writes a topology says it. */
import { choice, type OptionTable, texts } from '../../shape/options.ts'
import type { JoinOutFieldsMode, JoinType } from '../aggregate/join.ts'

/** How streams are joined. */
export interface JoinOptions {
  /** For each stream; all inner unless given. An outer one may lack tuples: its fields are null then. */
  readonly types?: readonly JoinType[]
  /** `compact`: the join fields once; `preserve`: those of each stream. */
  readonly outMode?: JoinOutFieldsMode
}

/** @internal */
export const JOIN = {
  types: texts<JoinType>(['inner', 'outer']),
  outMode: choice(['compact', 'preserve'], { default: 'compact' }),
} satisfies OptionTable<JoinOptions>
