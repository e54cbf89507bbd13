/** The YAML library; the only file that knows where it comes from. Required, see docs/decisions/034-start.md. */
import { createRequire } from 'node:module'
import type * as library from 'yaml'

export type { Alias, Document, Node, Pair } from 'yaml'
/** The type of a node that holds one value; its class is below. */
export type Scalar = library.Scalar

export const { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, Scalar, stringify } = createRequire(
  import.meta.url,
)('yaml') as typeof library
