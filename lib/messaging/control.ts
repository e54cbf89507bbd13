/**
 * What nimbus and worker say to each other: one closed union, as JSON in control frames. docs/protocol.md tells the
 * order in which they are sent. Both ends have the same number of the protocol (a nimbus that takes workers over may be
 * of another version than they) and have proved that they know the secret of the run; each message is checked by its
 * shape all the same, where it enters.
 */
import { CATALOGUE, type ErrorCode } from '../errors/catalogue.ts'
import { type Problem, TyphoonError } from '../errors/typhoon-error.ts'
import {
  anything,
  flag,
  list,
  number,
  object,
  oneOf,
  orNull,
  pair,
  record,
  type Shape,
  type Shaped,
  type Shapes,
  type Tagged,
  tagged,
  text,
  whole,
} from '../shape/guards.ts'
import type { ComponentId, Incarnation, TaskId, WorkerId } from '../tuple/ids.ts'
import { LOG_LEVELS } from '../util/log-levels.ts'
import { shorten } from '../words/suggest.ts'
import { PROFILE_NEWS, PROFILE_ORDERS } from './profiles.ts'
import { ROOT_NEWS, ROOT_ORDERS } from './spans.ts'

const task: Shape<TaskId> = whole(1)
const worker: Shape<WorkerId> = whole(1)
const incarnation: Shape<Incarnation> = whole(1)
const component: Shape<ComponentId> = text()
const round = whole()
const trial = whole()

const source = object(
  {
    /** The file: an absolute path, or one meant from the working directory of the worker. */
    file: text(),
    /** Values of `${variables}`. */
    variables: record(text()),
    /** Configuration that overrides the file's. */
    config: record(anything),
  },
  {
    /** What stands for a className of the YAML. */
    aliases: record(text()),
    /** The name of the topology in place of its own. */
    name: text(),
    /** How many executors a component has, in place of what the definition says. */
    parallelism: record(whole(1)),
  },
)
/** Where the definition of a topology comes from; a worker loads it anew. */
export type DefinitionSource = Shaped<typeof source>

const meshEntry = object({ worker, incarnation, address: text() })
/** A worker that listens. */
export type MeshEntry = Shaped<typeof meshEntry>

const linkCount = object({ peer: worker, frames: whole() })
/** Tuple frames between two workers: how many were sent or received on the link that is open now. */
export type LinkCount = Shaped<typeof linkCount>

const level = oneOf(...LOG_LEVELS)

const logRecord = object(
  { level, message: text() },
  {
    component,
    task,
    /** The root of the tuple that was executed meanwhile, where one alone was (`rootText` of `tuple/ids.ts`). */
    root: text(),
  },
)
/** A line that a task logs. */
export type LogRecord = Shaped<typeof logRecord>

const levelWanted = object({ level }, { component })
/** The least level of lines that are wanted of a component; of all that no other one is about where none is named. */
export type LevelWanted = Shaped<typeof levelWanted>

const tapWanted = object(
  {
    tap: whole(1),
    /** The part of the tuples that is looked at, over 0 and at most 1. */
    sample: number,
    /** So many tuples of each worker in a second at most. */
    perSecond: whole(1),
  },
  {
    /** Of all unless given. */
    component,
    stream: text(),
    /** A condition (`lib/expression`). */
    where: text(),
  },
)
/** Which tuples are to be shown when they are emitted. */
export type TapWanted = Shaped<typeof tapWanted>

const tappedTuple = object(
  {
    task,
    stream: text(),
    /** Milliseconds since 1970, by the clock of its host. */
    time: number,
    /** An object, by field, as `values/text.ts` writes it; or shown and cut, where that cannot be or is too long. */
    values: text(),
    isCut: flag,
  },
  {
    /** `rootText` of `tuple/ids.ts`; left out where there is none, or are several. */
    root: text(),
  },
)
/** A tuple that was emitted. */
export type TappedTuple = Shaped<typeof tappedTuple>

/** What components count by themselves may be anything; JSON makes null of what is not a finite number. */
const counted = orNull(number) as Shape<number>
/** The shape of `TaskCounts`. */
export const taskCounts = object(
  { task, component, counters: list(number) },
  {
    /** What its component has counted by itself, if that is known. */
    named: record(counted),
  },
)
/** What a task has counted. */
export type TaskCounts = Shaped<typeof taskCounts>

const rootId = object({ high: number, low: number })
/** A root in flight, by the two halves of its id (`tuple/ids.ts`). */
export type RootId = Shaped<typeof rootId>

const where = object(
  {},
  {
    file: text(),
    line: whole(),
    column: whole(),
    source: text(),
    component: text(),
    stream: text(),
    task: number,
    worker: whole(),
    from: text(),
    field: text(),
    key: text(),
    operation: text(),
    state: text(),
    function: text(),
    batch: whole(),
    path: text(),
    offset: whole(),
  },
)
const code = oneOf(...(Object.keys(CATALOGUE) as ErrorCode[]))
/** An error, as it goes over a wire. */
export const problem: Shape<Problem> = object({ code, message: text(), where }, { hint: text() })

const snapshot = whole(1)

/** The shape of `Blocked`. */
export const blocked = object(
  {
    /** A description, with the component and the task that has the turn. */
    how: text(),
    /** The thread ends the worker now. */
    ends: flag,
    /** Its spout tasks that have emitted, with their counters (`stats/counters.ts`). */
    tasks: list(taskCounts),
  },
  {
    /** The root of which a bolt has had a tuple in hand for the whole time. */
    root: rootId,
  },
)
/** The lifeline among the files of a worker: a pipe to its parent, which closes when that is gone. */
export const LIFELINE_FD = 3
/** The stdin of the parent among the files of a worker, whose own one is for the parent. */
export const STDIN_FD = 4

/**
 * What the watching thread of a worker tells while the event loop is blocked: not over a link, but as a line of JSON on
 * the lifeline.
 */
export type Blocked = Shaped<typeof blocked>

const ended = object({ ended: problem, tasks: list(taskCounts) }, { stack: text() })
/**
 * What a component has done that ended its worker, reported on the lifeline as the last word, where that was, and what
 * was counted.
 */
export type Ended = Shaped<typeof ended>

/** The shape of `InHand`. */
export const inHand = object({
  task,
  /** Which tuple it is: where it comes from and what is in it (`executor/exact/hands.ts`). */
  name: text(),
  /** Its execution begins; it has returned a promise; it is over. */
  is: oneOf('begun', 'open', 'over'),
})
/** What a worker says on the lifeline of a tuple that it executes, ahead of that, where one may end it. */
export type InHand = Shaped<typeof inHand>

const sentence = object({ component, name: text(), worker, how: text() })
/** A tuple that is not executed any more, by the component that it goes to: it has ended this worker, and how. */
export type Sentence = Shaped<typeof sentence>

const reads = object({ reads: oneOf('stdin') })
/** Said on the lifeline before a worker reads of the stdin of its parent for the first time. */
export type Reads = Shaped<typeof reads>

/**
 * A line of the lifeline. Undefined if the thread has not written all of it: code of a component can write there, too.
 */
export function parseLifeline(line: string): Blocked | Ended | InHand | Reads | undefined {
  try {
    const told: unknown = JSON.parse(line)
    return inHand(told) || ended(told) || blocked(told) || reads(told) ? told : undefined
  } catch {
    return undefined
  }
}

/** A line on the stdin of a worker that outlives its nimbus: another one, to go over to. */
export interface Follow {
  /** Its address. */
  readonly follow: string
  /** Resources of the run that are others with it. */
  readonly resources: Readonly<Record<string, unknown>>
}

/** What the nimbus says to a worker, by type. */
const TO_WORKER = {
  restore: object({ task, value: anything }),
  assign: object(
    { source, plan: record(anything) },
    {
      /** From this snapshot on, where one is named, though it may hold states that no component asks for. */
      snapshot,
      allowsDropped: flag,
      /** What it executes is said on the lifeline first. */
      watched: flag,
      /** What it must not execute. */
      sentences: list(sentence),
      /** As `log-levels` says it later. */
      logLevels: list(levelWanted),
    },
  ),
  mesh: object({ workers: list(meshEntry) }),
  activate: object({}),
  deactivate: object({}),
  /** Spouts emit nothing new, but what they owe. */
  drain: object({}),
  /**
   * These workers say nothing now: what times out is their doing. The event loops of the blocked ones stand still: what
   * waits there cannot show that it lives, and until they go on, or are ended, nothing times out.
   */
  silent: object({ workers: list(worker), blocked: list(worker) }),
  /** The answer to `alive`. */
  heard: object({}),
  lost: object({ worker }),
  probe: object({ round }),
  /** Whether its event loop still turns. */
  ping: object({ round }),
  'end-of-input': object({ component }),
  loads: object({ loads: list(pair(task, number)) }),
  /** From now on; what none is about is logged as its configuration says. */
  'log-levels': object({ levels: list(levelWanted) }),
  taps: object({ taps: list(tapWanted) }),
  ...ROOT_ORDERS,
  ...PROFILE_ORDERS,
  /** Roots are staged from now on, see `executor/spout/trials.ts`; or no longer. */
  trials: object({ on: flag }),
  /** The first staged roots of a spout task may leave, as far as there is room for them. */
  'let-go': object({ task, trial, count: whole() }),
  /** What was let go of a spout task in this trial may take as long as it likes: it may ask for more. */
  'go-on': object({ task, trial }),
  /**
   * The first staged root of a spout task, if it has one of these names, kills this worker; `how` it died of it, in
   * words.
   */
  condemn: object({ task, worker, names: list(text()), how: text() }),
  /** A root in flight of a spout task blocks this worker, which is ended; `how`, in words. */
  'condemn-root': object({ task, high: number, low: number, worker, how: text() }),
  /** Take your part of a snapshot; it is complete; it will never be. */
  capture: object({ number: snapshot }),
  complete: object({ number: snapshot }),
  abandon: object({ number: snapshot, isLost: flag }),
  stop: object({}),
} as const satisfies Shapes

/** What a worker says to the nimbus, by type. */
const FROM_WORKER = {
  /**
   * To a nimbus that has taken the place of one that is gone: it is ready, and goes on. The snapshot that it has begun
   * last, and the one that it has not heard the end of; 0: none. The peers to which it has lost its link,
   * and whether bolts of it have heard that their input has ended.
   */
  here: object({
    ...{ address: text(), exhausted: flag, begun: whole(), open: whole() },
    ...{ lost: list(worker), hasEnded: flag },
  }),
  listening: object({ address: text() }),
  /** The `open` or `prepare` of this task is called now; 0: all of them have returned. It may still wait for links. */
  preparing: object({ task: whole() as Shape<TaskId> }),
  ready: object({}),
  /** Said now and then: that it lives. */
  alive: object({}),
  snapshot: object({ snapshot: record(anything) }),
  exhausted: object({ exhausted: flag }),
  probed: object({
    round,
    /** Nothing waits, and nothing is unsettled. */
    idle: flag,
    /** Roots in flight of its spouts. */
    pending: number,
    /** Tuples that its bolts hold until the input ends. */
    held: number,
    /** Grows with every tuple that was emitted or executed. */
    activity: number,
    sent: list(linkCount),
    received: list(linkCount),
  }),
  pong: object({ round }),
  ended: object({ component }),
  /** It has heard nothing of another worker for a while, or hears it again. */
  'link-silent': object({ peer: worker, silent: flag }),
  'link-lost': object({ peer: worker, incarnation: whole() as Shape<Incarnation>, problem }),
  checkpoint: object({ task, value: anything }),
  /** `times`: how often it has come since the last report; once unless given. */
  problem: object({ problem }, { stack: text(), times: whole(1) }),
  log: object({ record: logRecord }),
  /** What a tap has seen, and how many tuples it has left out. */
  tapped: object({ tap: whole(1), tuples: list(tappedTuple), leftOut: whole() }, { failed: whole(1), why: text(300) }),
  ...ROOT_NEWS,
  ...PROFILE_NEWS,
  fatal: object({ problem }, { stack: text() }),
  /** Roots of a spout task that are staged, in their order: the names of each, see `executor/spout/root-names.ts`. */
  staged: object({ task, roots: list(list(text())) }),
  /** The first of those that were let go have left, with these low halves of root ids; null: could not be sent. */
  sent: object({ task, trial, lows: list(orNull(number)) }),
  /** Those that were let go are settled; cleared: none by the loss of a worker. */
  settled: object({ task, trial, cleared: flag }),
  /** A spout task has done what `condemn` says; what it has counted was sent before. */
  condemned: object({ task }),
  /** Its part of a snapshot is written, see `snapshots/manifest.ts`; or it could not be. */
  captured: object({ number: snapshot, part: record(anything) }),
  'not-captured': object({ number: snapshot, problem }),
  /** All that it has outside is as the snapshot says, which is complete. */
  committed: object({ number: snapshot }),
  stopped: object({ snapshot: record(anything) }),
} as const satisfies Shapes

/** A message whose `K` is plain JSON that messaging does not look into. */
type With<Message, K extends string, T> = Message extends { readonly [_ in K]: unknown }
  ? Omit<Message, K> & { readonly [_ in K]: T }
  : Message

/** What the nimbus says to a worker. */
export type ToWorker<Plan = unknown> = With<Tagged<'type', typeof TO_WORKER>, 'plan', Plan>

/** What a worker says to the nimbus: of itself a `Snapshot` of its counters, its `Part` of one of the topology. */
export type FromWorker<Snapshot = unknown, Part = unknown> = With<
  With<Tagged<'type', typeof FROM_WORKER>, 'snapshot', Snapshot>,
  'part',
  Part
>

const isToWorker = tagged('type', TO_WORKER)
const isFromWorker = tagged('type', FROM_WORKER)

/** @throws BAD_FRAME where it is not a message to a worker; of the plan it is known that it is an object */
export function parseToWorker<Plan>(message: unknown): ToWorker<Plan> {
  if (isToWorker(message)) return message as ToWorker<Plan>
  throw unknownMessage(message, TO_WORKER)
}

/** @throws BAD_FRAME where it is not a message from a worker; of a snapshot it is known that it is an object */
export function parseFromWorker<Snapshot, Part = unknown>(message: unknown): FromWorker<Snapshot, Part> {
  if (isFromWorker(message)) return message as FromWorker<Snapshot, Part>
  throw unknownMessage(message, FROM_WORKER)
}

function unknownMessage(message: unknown, shapes: Shapes): TyphoonError {
  const type = (message as { type?: unknown } | null)?.type
  const isKnown = typeof type === 'string' && Object.hasOwn(shapes, type)
  const what = isKnown
    ? `a control message of type "${type}" is malformed`
    : `a control message has the unknown type ${shorten(JSON.stringify(type) ?? 'none')}`
  return new TyphoonError('BAD_FRAME', what)
}
