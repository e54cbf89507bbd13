/** Every reserved name, once. Names that start with two underscores belong to the runtime and are refused to users. */
const SYSTEM_PREFIX = '__'

/** The stream of a component that names none. */
export const DEFAULT_STREAM = 'default'

/** The runtime's own components: where ticks come from, the acker, and what writes dead letters with snapshots. */
export const SYSTEM_COMPONENT = '__system'
export const ACKER_COMPONENT = '__acker'
export const DEAD_LETTERS_COMPONENT = '__dead_letters'

/** Task id of the tuples that no task has emitted (ticks), as in Storm. */
export const SYSTEM_TASK = -1

/** The resource of a worker that is the stdin of its run. */
export const STDIN_RESOURCE = '__stdin'

/** The resource of a worker that is the lease of its run. */
export const LEASE_RESOURCE = '__lease'

/** The resource of a worker that tells when those of its run are others. */
export const HANDED_RESOURCE = '__handed'

/** A clock tick, values `[seconds]`. */
export const TICK_STREAM = '__tick'

/** Streams to a child process: it is to show that it lives; and its input has ended. */
export const HEARTBEAT_STREAM = '__heartbeat'
export const END_OF_INPUT_STREAM = '__end_of_input'

/** Spout → acker: new roots, with the XOR of their first edges. */
export const ACK_INIT_STREAM = '__ack_init'
/** Bolt → acker: edges that are done. Acker → spout: roots that are done. */
export const ACK_ACK_STREAM = '__ack_ack'
/** Bolt → acker, acker → spout: a root has failed, with its reason. */
export const ACK_FAIL_STREAM = '__ack_fail'
/** Worker → acker: these roots show that they live; they get their whole timeout again. */
export const ACK_RESET_STREAM = '__ack_reset_timeout'
/**
 * Spout → acker: these roots are over their time, or given up. Those that are lost come back on `__ack_fail`, with who
 * still held them.
 */
export const ACK_TIMEOUT_STREAM = '__ack_timeout'

/** Bolt → the spout of a tree: a value for it, and an edge of the tree until it has heard it. */
export const NOTE_STREAM = '__note'

/** A task → the tasks behind it: how far event time has come, see `executor/time`. */
export const WATERMARK_STREAM = '__watermark'
/** To a bolt: a timer of its own fires. */
export const TIMER_STREAM = '__timer'

/** The states that hold the timers of a task, each followed by a space and the name of its timers. */
export const EVENT_TIMERS_STATE = '__event_timers'
export const PROCESSING_TIMERS_STATE = '__processing_timers'

/** Bolt → what writes dead letters: a tuple that is given up, where a tuple is atomic. */
export const DEAD_LETTER_STREAM = '__dead_letter'

/** Counters that a spout keeps with `context.count` and the run's summary shows among the roots. */
export const REPLAYED_COUNTER = 'replayed'
export const DEAD_LETTERED_COUNTER = 'deadLettered'
/**
 * How many failed roots a spout keeps now, for their replay or their dead letter. A run ends well only where none are
 * left.
 */
export const WAITING_COUNTER = 'waiting'
/** What a spout has not emitted of its input yet: see `Spout.backlog`. */
export const BACKLOG_RECORDS = 'backlogRecords'
export const BACKLOG_BYTES = 'backlogBytes'
/** How many tuples a bolt holds unacked until the input ends: that they are in flight lets no run go on. */
export const HELD_COUNTER = 'held'
/** How many batches of Trident were begun, and are left for the next run. */
export const LEFT_COUNTER = 'left'

/** How many tuples a component has left out as late. Windows and joins count them so, and a bolt of a user may. */
export const LATE_COUNTER = 'late'

/** Counters that the runtime reads: no metric of a user has such a name. */
export const COUNTERS_OF_RUNTIME: ReadonlySet<string> = new Set([
  REPLAYED_COUNTER,
  DEAD_LETTERED_COUNTER,
  WAITING_COUNTER,
  HELD_COUNTER,
  LEFT_COUNTER,
])

/** Whether a name is reserved. */
export function isSystemId(id: string): boolean {
  return id.startsWith(SYSTEM_PREFIX)
}

/**
 * Whether the tuples of a stream are made anew by a run that goes on, ticks, timers and watermarks, so that no snapshot
 * has them.
 */
export function isMadeAnew(stream: string): boolean {
  return isSystemId(stream) && stream !== DEAD_LETTER_STREAM
}
