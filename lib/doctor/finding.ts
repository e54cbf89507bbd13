/** What the doctor finds, and what it looks at. Plain data. */
import type { RunFigures } from '../history/figures.ts'
import type { TimelineEvent } from '../history/timeline.ts'
import type { OutOfStep } from '../topology/out-of-step.ts'
import type { ComponentId, TaskId, WorkerId } from '../tuple/ids.ts'

/** What each finding means; the codes are part of the interface. */
export const FINDINGS = {
  NO_SLOTS: 'The hosts have too few free slots: workers wait for a place.',
  RUN_FAILING: 'The topology fails, and is started again and again.',
  WORKERS_DIE: 'Workers have died, and were started again.',
  POISON_ROW: 'Tuples were given up, for they failed each time.',
  FAILS: 'Tuples of a component fail.',
  LATE_TUPLES: 'A component leaves out many tuples, for they are late.',
  TIMES_OUT: 'Roots of a spout time out.',
  BOTTLENECK: 'A bolt is busy nearly all the time, and others wait for it.',
  WORKER_FULL: 'A worker has more to do than one processor core can.',
  WAITS_FOR_PROMISES: 'A bolt does little by itself, but its promises take long, and others wait for it.',
  LAGGING_SOURCE: 'The input of a spout comes in faster than it is taken.',
  SKEWED_KEYS: 'One task of a fields grouping has far more than its share.',
  LEAKING_WORKER: 'The memory of a worker grows and grows, whatever its collector does.',
  COLLECTS_GARBAGE: 'A worker spends much of its time in its garbage collector.',
  BLOCKED_LOOP: 'Something holds the event loop of a worker for long.',
  SNAPSHOTS_FAIL: 'Snapshots fail, or take longer than they are apart.',
} as const

/** Name of one. */
export type FindingCode = keyof typeof FINDINGS

/** How much it matters: something is lost, or stands still; it could go better; to know. */
export const SEVERITIES = ['critical', 'warning', 'note'] as const

/** One of them. */
export type Severity = (typeof SEVERITIES)[number]

/** One thing that is found. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  readonly component?: ComponentId
  readonly task?: TaskId
  readonly worker?: WorkerId
  /** In plain English, with its numbers. */
  readonly text: string
  /** What to do. */
  readonly advice: string
}

/** A stream between two components. */
export interface Edge {
  readonly from: ComponentId
  readonly to: ComponentId
  readonly grouping: string
}

/** What it looks at. */
export interface Looked {
  readonly figures: RunFigures
  readonly edges: readonly Edge[]
  /** Why what comes to a component may be late, where tasks are taken for one partition. */
  readonly outOfStep: Readonly<Record<ComponentId, OutOfStep>>
  /** Those within the window of the figures. */
  readonly events: readonly TimelineEvent[]
}
