/**
 * The life of one run as a table: in which phase what event leads where, and what is to be done then. Pure: it says
 * what is to be done, and `run.ts` does it.
 *
 *     starting ──ready──▶ running ──exhausted and quiet──▶ finishing ──all-ended──▶ stopping ──empty──▶ done
 *        ▲                │  │  ▲                             │
 *        │                │  │  └────────────lost─────────────┘
 *        │                │  └──drain──▶ draining ──quiet──▶ stopping
 *        │                │  └──end-input──▶ draining-input ──quiet──▶ finishing-drained ──all-ended──▶ stopping
 *        │                └──replan──▶ rebalancing ──quiet──▶ replacing ─┐
 *        └──────────────────────────empty──────────────────────────────┘
 *
 * Before it runs, what it can go back to is committed, and before it stops, what has finished; that takes its time
 * where snapshots are taken. And there a loss leads from everywhere to rolling-back ──empty, found──▶ starting.
 *
 * The law: whatever is not in the table changes nothing, so an event that comes late is harmless. From every phase but
 * `done` there is a way to `stopping`.
 */
import type { RunStatus } from '../report/events.ts'

/** Where a run is; several phases have one status. */
export type Phase =
  /** The workers are coming up. */
  | 'starting'
  /** They are there; what the run goes back to, should anything be lost, is being made to last. */
  | 'beginning'
  | 'running'
  /** The spouts are exhausted; the bolts get the end of their input, one component after the other. */
  | 'finishing'
  /** The spouts emit nothing new; what is in flight finishes, then the workers stop. */
  | 'draining'
  /** Like draining, but then the bolts get the end of their input: they are `finishing-drained`. */
  | 'draining-input'
  | 'finishing-drained'
  /** All is done, and what lasts of it is being made to last; as it is where the run was drained. */
  | 'committing'
  | 'committing-drained'
  /** A worker or a link is lost where a tuple is atomic: all workers end, and begin again from the last snapshot. */
  | 'rolling-back'
  /** Like draining, but then the workers are replaced by those of another plan. */
  | 'rebalancing'
  /** The workers of the plan until now stop. */
  | 'replacing'
  /** The workers stop. */
  | 'stopping'
  | 'done'

/** What can happen to a run. */
export type LifeEvent =
  /** Every worker is ready. */
  | 'ready'
  /** All spouts have nothing more to emit; or no longer all. */
  | 'exhausted'
  | 'resumed'
  /** Nothing is in flight. */
  | 'quiet'
  /** A worker has died and is started again. */
  | 'lost'
  /** The tasks of the component that was told last of the end of its input have done what they wanted. */
  | 'ended'
  /** The first snapshot, or the last one, is complete, or none is wanted. */
  | 'committed'
  /** What was done since the last snapshot is void. */
  | 'roll-back'
  /** It is known which snapshot to go on from. */
  | 'found'
  /** There is no component left to tell. */
  | 'all-ended'
  /** No worker lives. */
  | 'empty'
  /** The time that a phase may take is up. */
  | 'overdue'
  /** Asked for from outside. */
  | 'activate'
  | 'deactivate'
  | 'drain'
  | 'end-input'
  | 'replan'
  | 'stop-now'
  /** It cannot go on. */
  | 'fail'

/** What is to be done, each in the order of a step. */
export type Action =
  /** The spouts may emit, unless somebody has deactivated them; they may not; they are to finish. */
  | 'activate'
  | 'deactivate'
  | 'drain'
  /** Ask until nothing is in flight; ask no longer. */
  | 'watch'
  | 'unwatch'
  /** Tell the bolts of the end of their input, from the first on; tell the next one. */
  | 'begin-end'
  | 'tell-next'
  /** The report says that workers were late, or what was left in flight. */
  | 'blame-start'
  | 'blame-drain'
  /** Tell all workers to stop; kill them. */
  | 'stop'
  | 'kill'
  /**
   * Take the first snapshot, unless there is one; take snapshots from now on; take the last one; look for the one to go
   * on from, when it is time to.
   */
  | 'take-first'
  | 'take-snapshots'
  | 'take-last'
  | 'find-snapshot'
  /** Do again what was asked for before it all went back. */
  | 'ask-again'
  /** Start workers by the plan that was given last. */
  | 'begin-plan'
  /** Make the report. */
  | 'conclude'

/** How a run ends. Drained: it was stopped, and what was in flight has finished. */
export type Ending = 'completed' | 'drained' | 'stopped' | 'failed'

/** What comes of an event in a phase. */
export interface Transition {
  readonly to: Phase
  readonly actions: readonly Action[]
  readonly ending?: Ending
}

interface PhaseLaw {
  /** What it is called outside. */
  readonly status: RunStatus
  /** The order for the spouts of a worker that becomes ready meanwhile. */
  readonly spouts?: 'activate' | 'drain'
  readonly on: Partial<Readonly<Record<LifeEvent, Transition>>>
}

function go(to: Phase, ...actions: readonly Action[]): Transition {
  return { to, actions }
}

function end(ending: Ending, ...actions: readonly Action[]): Transition {
  return { to: 'stopping', actions, ending }
}

const ALWAYS = {
  'stop-now': end('stopped', 'kill'),
  fail: end('failed', 'stop'),
  'roll-back': go('rolling-back', 'unwatch', 'kill'),
}
const GIVES_UP = end('stopped', 'blame-drain', 'stop')

export const LIFE: Readonly<Record<Phase, PhaseLaw>> = {
  starting: {
    status: 'starting',
    on: {
      ...ALWAYS,
      ready: go('beginning', 'take-first'),
      overdue: end('failed', 'blame-start', 'stop'),
      drain: end('stopped', 'stop'),
      'end-input': end('stopped', 'stop'),
      replan: go('replacing', 'stop'),
    },
  },
  beginning: {
    status: 'starting',
    on: {
      ...ALWAYS,
      committed: go('running', 'activate', 'take-snapshots', 'ask-again'),
      drain: end('stopped', 'stop'),
      'end-input': end('stopped', 'stop'),
      replan: go('replacing', 'stop'),
    },
  },
  running: {
    status: 'running',
    spouts: 'activate',
    on: {
      ...ALWAYS,
      activate: go('running', 'activate'),
      deactivate: go('running', 'deactivate'),
      exhausted: go('running', 'watch'),
      resumed: go('running', 'unwatch'),
      lost: go('running', 'unwatch'),
      quiet: go('finishing', 'begin-end', 'tell-next'),
      drain: go('draining', 'drain', 'watch'),
      'end-input': go('draining-input', 'drain', 'watch'),
      replan: go('rebalancing', 'drain', 'watch'),
    },
  },
  finishing: {
    status: 'finishing',
    spouts: 'activate',
    on: {
      ...ALWAYS,
      ended: go('finishing', 'watch'),
      quiet: go('finishing', 'tell-next'),
      'all-ended': go('committing', 'take-last'),
      // What its spouts replay comes before the end.
      lost: go('running', 'unwatch'),
      drain: go('draining', 'drain', 'watch'),
      'end-input': go('draining-input', 'drain', 'watch'),
    },
  },
  draining: {
    status: 'draining',
    spouts: 'drain',
    on: {
      ...ALWAYS,
      quiet: go('committing-drained', 'take-last'),
      // It may have died with a question unanswered: all that was found out is void.
      lost: go('draining', 'watch'),
      overdue: GIVES_UP,
    },
  },
  'draining-input': {
    status: 'draining',
    spouts: 'drain',
    on: {
      ...ALWAYS,
      quiet: go('finishing-drained', 'begin-end', 'tell-next'),
      lost: go('draining-input', 'watch'),
      overdue: GIVES_UP,
    },
  },
  'finishing-drained': {
    status: 'finishing',
    spouts: 'drain',
    on: {
      ...ALWAYS,
      ended: go('finishing-drained', 'watch'),
      quiet: go('finishing-drained', 'tell-next'),
      'all-ended': go('committing', 'take-last'),
      lost: go('draining-input', 'watch'),
      drain: go('draining', 'watch'),
      overdue: GIVES_UP,
    },
  },
  committing: {
    status: 'finishing',
    on: { ...ALWAYS, committed: end('completed', 'stop'), drain: go('committing-drained') },
  },
  'committing-drained': {
    status: 'draining',
    on: { ...ALWAYS, committed: end('drained', 'stop'), overdue: GIVES_UP },
  },
  'rolling-back': {
    status: 'rolling-back',
    on: {
      ...ALWAYS,
      // What else breaks while they end is part of it.
      'roll-back': go('rolling-back'),
      empty: go('rolling-back', 'find-snapshot'),
      found: go('starting', 'begin-plan'),
      drain: end('stopped', 'kill'),
      'end-input': end('stopped', 'kill'),
    },
  },
  rebalancing: {
    status: 'rebalancing',
    spouts: 'drain',
    on: {
      ...ALWAYS,
      quiet: go('replacing', 'stop'),
      lost: go('rebalancing', 'watch'),
      // What is left fails with its worker, and is replayed by the next one.
      overdue: go('replacing', 'stop'),
      drain: go('draining', 'watch'),
      'end-input': go('draining-input', 'watch'),
    },
  },
  replacing: {
    status: 'rebalancing',
    on: {
      ...ALWAYS,
      empty: go('starting', 'begin-plan'),
      overdue: go('replacing', 'kill'),
      drain: end('stopped'),
      'end-input': end('stopped'),
    },
  },
  stopping: {
    status: 'stopping',
    on: {
      empty: go('done', 'conclude'),
      overdue: go('stopping', 'kill'),
      'stop-now': go('stopping', 'kill'),
      // What is found while the workers close spoils the run as well.
      fail: end('failed'),
    },
  },
  done: { status: 'done', on: {} },
}

/** What comes of an event; undefined: nothing. */
export function transitionAt(phase: Phase, event: LifeEvent): Transition | undefined {
  return LIFE[phase].on[event]
}
