/** What a page is sent of what it looks at, as types: see `looks.ts`. */
import type { Finding } from '../doctor/finding.ts'
import type { RunFigures } from '../history/figures.ts'
import type { TimelineEvent } from '../history/timeline.ts'
import type { TimedProblem } from '../nimbus/hosted/kept-problems.ts'
import type { LevelSet } from '../nimbus/record/record.ts'
import type { HostView, ServiceView, TopologyView } from './schemas.ts'

/** A topology in few figures: those of the last ten minutes. */
export interface SummaryView extends TopologyView {
  /** By all components. */
  readonly emittedPerSecond: number
  /** Roots, and those that failed. */
  readonly ackedPerSecond: number
  readonly failed: number
  /** In flight now. */
  readonly pending: number
  /** Of all workers now. */
  readonly memoryBytes: number
}

/** What a page sees of all topologies. */
export interface Overview {
  readonly cluster: ServiceView
  readonly hosts: readonly HostView[]
  readonly topologies: readonly SummaryView[]
}

/** What a page sees of one topology. */
export interface TopologyLook {
  readonly topology: SummaryView
  /** False: it is a run in the foreground, which ends where it was begun. */
  readonly isService: boolean
  readonly figures: RunFigures
  /** What is wrong with it within that window, the gravest first. */
  readonly findings: readonly Finding[]
  /** The last ones, the oldest first. */
  readonly events: readonly TimelineEvent[]
  readonly errors: readonly TimedProblem[]
  /** Levels at which it logs, where they are others than those of its configuration. */
  readonly logLevels: readonly LevelSet[]
}
