/** What a nimbus is given. */
import type { Problem } from '../errors/typhoon-error.ts'
import type { Clock } from '../util/time/clock.ts'
import type { Engine } from './hosted/engine.ts'
import type { Reign } from './leadership/leadership.ts'
import type { Wanted } from './record/record.ts'

/** What was submitted. */
export interface Submitted extends Wanted {
  /** That of the definition unless given. */
  readonly name?: string | undefined
  /** Spouts wait for `activate`. */
  readonly inactive?: boolean | undefined
}

/** Where it is. */
export interface NimbusOptions {
  /** Made where it is missing. */
  readonly directory: string
  /** It is resigned when the nimbus closes. */
  readonly reign: Reign
  readonly clock: Clock
  readonly now: () => Date
  /** Where topologies keep their state: a folder that all hosts reach by this path; below `directory` unless given. */
  readonly stateFolder?: string | undefined
  /** Hosts share no folder: topologies are not told of one. */
  readonly isStateless?: boolean
  /** Starts workers on other hosts; on this one unless given. */
  readonly engine?: Engine | undefined
  /** What is remembered of a topology cannot be read. */
  onTrouble(problem: Problem): void
}

/** What is left of a topology that was killed. */
export interface Left {
  /** The savepoint that was wanted. */
  readonly savepoint?: string | undefined
  /** The folder of what it had written beside its code, where there is something. */
  readonly files?: string | undefined
}
