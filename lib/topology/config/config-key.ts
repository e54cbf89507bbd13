/** What a configuration key is: the facts that its check, its error, the schema of YAML and the documents all read. */

import type { Constraint } from '../../shape/constraint.ts'

/** The types that a key can have. */
export type KeyType = 'integer' | 'number' | 'flag' | 'text' | 'texts'

/** What is known of a key. */
export interface ConfigKey extends Constraint {
  readonly type: KeyType
  readonly choices?: readonly string[]
  readonly default: unknown
  /** What it means, in Markdown: the hint of an error, the text in an editor, and the row in docs/configuration.md. */
  readonly doc: string
  /** What Storm has in its place, or its default there. */
  readonly storm?: string
  /** A component can have a value of its own; else the key is one of the whole topology. */
  readonly perComponent?: true
  /** A token that goes in a header of HTTP; no message ever shows its value. */
  readonly secret?: true
}
