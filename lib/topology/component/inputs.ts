/** What comes to a bolt, as its class may look at before anything runs. */
import type { Finding } from '../../errors/typhoon-error.ts'
import type { Subscription } from '../topology.ts'

/** A stream that a bolt subscribes to, and its fields. */
export interface BoltInput extends Subscription {
  readonly fields: readonly string[]
}

/** All that comes to a bolt. */
export interface BoltInputs {
  /** Those whose fields are known. */
  readonly streams: readonly BoltInput[]
  /** Whether these are all. */
  readonly areAll: boolean
  /** Of the bolt. */
  readonly tasks: number
  /** Whether anything ahead of it, or itself, has timestamps: without them no watermark comes. */
  readonly haveTime: boolean
}

/** What does not fit; its component is added to `where`. */
export type InputFinding = Omit<Finding, 'where'> & { readonly where?: Finding['where'] }
