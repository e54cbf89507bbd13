/** What the stores of windows can be told; apart from them, for YAML loads none to check a file. */
import { integer, type OptionTable } from '../../shape/options.ts'

/** What can be set of where windows keep their rows. */
export interface WindowStoreOptions {
  /** Rows that a partition keeps at most, over all groups. A batch that would bring more fails. */
  readonly maxRows?: number
}

/** @internal */
export const WINDOW_STORE = {
  maxRows: integer({ default: 1_000_000, least: 1, doc: 'Rows that a partition keeps at most, over all groups.' }),
} satisfies OptionTable<WindowStoreOptions>
