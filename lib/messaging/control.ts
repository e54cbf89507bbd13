/**
 * What nimbus and worker say to each other: one closed union, as JSON in control frames. docs/protocol.md tells the
 * order in which they are sent. Both ends are of the same version and have proved that they know the secret of the run;
 * each message is checked by its shape all the same, where it enters.
 */
import { CATALOGUE } from '../errors/catalogue.ts'
import { shorten } from '../errors/suggest.ts'
import { type Problem, TyphoonError } from '../errors/typhoon-error.ts'
import type { ComponentId, Incarnation, TaskId, WorkerId } from '../tuple/ids.ts'
import { anything, flag, list, number, object, oneOf, record, type Shape, text, whole } from '../util/shape.ts'

/** Where the definition of a topology comes from; a worker loads it anew. */
export interface DefinitionSource {
  /** Absolute path of the file. */
  readonly file: string
  /** Values of `${variables}`. */
  readonly variables: Readonly<Record<string, string>>
  /** What stands for a className of the YAML. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Configuration that goes before the file's. */
  readonly config: Readonly<Record<string, unknown>>
}

/** A worker that listens. */
export interface MeshEntry {
  readonly worker: WorkerId
  readonly incarnation: Incarnation
  readonly address: string
}

/** Tuple frames between two workers: how many were sent or received on the link that is open now. */
export interface LinkCount {
  readonly peer: WorkerId
  readonly frames: number
}

/** A line that a task logs. */
export interface LogRecord {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly component?: ComponentId
  readonly task?: TaskId
}

/** What a task has counted. */
export interface TaskCounts {
  readonly task: TaskId
  readonly component: ComponentId
  readonly counters: readonly number[]
  /** What its component has counted by itself, where that could be told. */
  readonly named?: Readonly<Record<string, number>>
}

/** A root in flight, by the two halves of its id (`tuple/ids.ts`). */
export interface RootId {
  readonly high: number
  readonly low: number
}

/**
 * What the watching thread of a worker tells while the event loop is blocked: not over a link, but as a line of JSON on
 * the lifeline.
 */
export interface Blocked {
  /** In words, with the component and the task that has the turn. */
  readonly how: string
  /** The thread ends the worker now. */
  readonly ends: boolean
  /** The root of which a bolt has had a tuple in hand for the whole time. */
  readonly root?: RootId
  /** Its spout tasks that have emitted, with their counters (`stats/counters.ts`). */
  readonly tasks: readonly TaskCounts[]
}

/** What a component has done that ended its worker, told on the lifeline as the last word, and what was counted. */
export interface Ended {
  readonly ended: Problem
  readonly tasks: Blocked['tasks']
}

/**
 * A line of the lifeline. Undefined where it is none that the thread has written as a whole: code of a component can
 * write there, too.
 */
export function parseLifeline(line: string): Blocked | Ended | undefined {
  try {
    const told = JSON.parse(line) as (Partial<Blocked> & Partial<Ended>) | null
    if (!taskCounts(told?.tasks)) return undefined
    if (problem(told?.ended)) return told as Ended
    const { how, ends } = told ?? {}
    const isRoot = told?.root === undefined || rootId(told.root)
    return typeof how === 'string' && typeof ends === 'boolean' && isRoot ? (told as Blocked) : undefined
  } catch {
    return undefined
  }
}

/** `Plan` and `Snapshot` are plain JSON that messaging does not look into. */
export type ToWorker<Plan = unknown> =
  | { readonly type: 'restore'; readonly task: TaskId; readonly value: unknown }
  | { readonly type: 'assign'; readonly source: DefinitionSource; readonly plan: Plan }
  | { readonly type: 'mesh'; readonly workers: readonly MeshEntry[] }
  | { readonly type: 'activate' }
  | { readonly type: 'deactivate' }
  /** Spouts emit nothing new, but what they owe. */
  | { readonly type: 'drain' }
  /**
   * These workers say nothing now: what times out is their doing. The event loops of the blocked ones stand still: what
   * waits there cannot show that it lives, and until they go on, or are ended, nothing times out.
   */
  | { readonly type: 'silent'; readonly workers: readonly WorkerId[]; readonly blocked: readonly WorkerId[] }
  /** The answer to `alive`. */
  | { readonly type: 'heard' }
  | { readonly type: 'lost'; readonly worker: WorkerId }
  | { readonly type: 'probe'; readonly round: number }
  /** Whether its event loop still turns. */
  | { readonly type: 'ping'; readonly round: number }
  | { readonly type: 'end-of-input'; readonly component: ComponentId }
  | { readonly type: 'loads'; readonly loads: readonly (readonly [TaskId, number])[] }
  /** Roots are staged from now on, see `executor/trials.ts`; or no longer. */
  | { readonly type: 'trials'; readonly on: boolean }
  /** The first staged roots of a spout task may leave. */
  | { readonly type: 'let-go'; readonly task: TaskId; readonly trial: number; readonly count: number }
  /** What was let go of a spout task in this trial may take as long as it likes: it may ask for more. */
  | { readonly type: 'go-on'; readonly task: TaskId; readonly trial: number }
  /**
   * The first staged root of a spout task, if it has one of these names, kills this worker; `how` it died of it, in
   * words.
   */
  | {
      readonly type: 'condemn'
      readonly task: TaskId
      readonly worker: WorkerId
      readonly names: readonly string[]
      readonly how: string
    }
  /** A root in flight of a spout task blocks this worker, which is ended; `how`, in words. */
  | ({ readonly type: 'condemn-root'; readonly task: TaskId; readonly worker: WorkerId; readonly how: string } & RootId)
  | { readonly type: 'stop' }

/** What a worker says to the nimbus. */
export type FromWorker<Snapshot = unknown> =
  | { readonly type: 'listening'; readonly address: string }
  | { readonly type: 'ready' }
  /** Said now and then: that it lives. */
  | { readonly type: 'alive' }
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly type: 'exhausted'; readonly exhausted: boolean }
  | {
      readonly type: 'probed'
      readonly round: number
      /** Nothing waits, nothing is unsettled, no root is in flight. */
      readonly idle: boolean
      /** Grows with every tuple that was emitted or executed. */
      readonly activity: number
      readonly sent: readonly LinkCount[]
      readonly received: readonly LinkCount[]
    }
  | { readonly type: 'pong'; readonly round: number }
  | { readonly type: 'ended'; readonly component: ComponentId }
  /** It has heard nothing of another worker for a while, or hears it again. */
  | { readonly type: 'link-silent'; readonly peer: WorkerId; readonly silent: boolean }
  | {
      readonly type: 'link-lost'
      readonly peer: WorkerId
      readonly incarnation: Incarnation
      readonly problem: Problem
    }
  | { readonly type: 'checkpoint'; readonly task: TaskId; readonly value: unknown }
  /** `times`: how often it has come since it was told last; once unless given. */
  | { readonly type: 'problem'; readonly problem: Problem; readonly stack?: string; readonly times?: number }
  | { readonly type: 'log'; readonly record: LogRecord }
  | { readonly type: 'fatal'; readonly problem: Problem; readonly stack?: string }
  /** Roots of a spout task that are staged, in their order: the names of each, see `executor/root-names.ts`. */
  | { readonly type: 'staged'; readonly task: TaskId; readonly roots: readonly (readonly string[])[] }
  /** Those that were let go have left, with these low halves of root ids; null: could not be sent. */
  | {
      readonly type: 'sent'
      readonly task: TaskId
      readonly trial: number
      readonly lows: readonly (number | null)[]
    }
  /** Those that were let go are settled; cleared: none by the loss of a worker. */
  | { readonly type: 'settled'; readonly task: TaskId; readonly trial: number; readonly cleared: boolean }
  /** A spout task has done what `condemn` says; what it has counted was sent before. */
  | { readonly type: 'condemned'; readonly task: TaskId }
  | { readonly type: 'stopped'; readonly snapshot: Snapshot }

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
/** What components count by themselves may be anything; JSON makes null of what is not a finite number. */
const counted: Shape = (value) => value === null || number(value)
const taskCounts = list(
  object({ task: whole(1), component: text(), counters: list(number) }, { named: record(counted) }),
)
const rootId = object({ high: number, low: number })
const problem = object({ code: oneOf(...Object.keys(CATALOGUE)), message: text(), where }, { hint: text() })
const source = object(
  { file: text(), variables: record(text()), config: record(anything) },
  { aliases: record(anything) },
)
const meshEntry = object({ worker: whole(1), incarnation: whole(1), address: text() })
const linkCounts = list(object({ peer: whole(1), frames: whole() }))
const level = oneOf('debug', 'info', 'warn', 'error')
const load: Shape = (value) => Array.isArray(value) && value.length === 2 && whole(1)(value[0]) && number(value[1])

type Shapes<Message extends { type: string }> = Readonly<Record<Message['type'], Shape>>

const TO_WORKER: Shapes<ToWorker> = {
  restore: object({ task: whole(1), value: anything }),
  assign: object({ source, plan: record(anything) }),
  mesh: object({ workers: list(meshEntry) }),
  activate: anything,
  deactivate: anything,
  drain: anything,
  silent: object({ workers: list(whole(1)), blocked: list(whole(1)) }),
  heard: anything,
  lost: object({ worker: whole(1) }),
  probe: object({ round: whole() }),
  ping: object({ round: whole() }),
  'end-of-input': object({ component: text() }),
  loads: object({ loads: list(load) }),
  trials: object({ on: flag }),
  'let-go': object({ task: whole(1), trial: whole(), count: whole() }),
  'go-on': object({ task: whole(1), trial: whole() }),
  condemn: object({ task: whole(1), worker: whole(1), names: list(text()), how: text() }),
  'condemn-root': object({ task: whole(1), high: number, low: number, worker: whole(1), how: text() }),
  stop: anything,
}

const FROM_WORKER: Shapes<FromWorker> = {
  listening: object({ address: text() }),
  ready: anything,
  alive: anything,
  snapshot: object({ snapshot: record(anything) }),
  exhausted: object({ exhausted: flag }),
  probed: object({ round: whole(), idle: flag, activity: number, sent: linkCounts, received: linkCounts }),
  pong: object({ round: whole() }),
  ended: object({ component: text() }),
  'link-silent': object({ peer: whole(1), silent: flag }),
  'link-lost': object({ peer: whole(1), incarnation: whole(), problem }),
  checkpoint: object({ task: whole(1), value: anything }),
  problem: object({ problem }, { stack: text(), times: whole(1) }),
  log: object({ record: object({ level, message: text() }, { component: text(), task: whole(1) }) }),
  fatal: object({ problem }, { stack: text() }),
  staged: object({ task: whole(1), roots: list(list(text())) }),
  sent: object({ task: whole(1), trial: whole(), lows: list((value) => value === null || number(value)) }),
  settled: object({ task: whole(1), trial: whole(), cleared: flag }),
  condemned: object({ task: whole(1) }),
  stopped: object({ snapshot: record(anything) }),
}

/** @throws BAD_FRAME where it is not a message to a worker; of the plan it is known that it is an object */
export function parseToWorker<Plan>(message: unknown): ToWorker<Plan> {
  return parse<ToWorker<Plan>>(message, TO_WORKER)
}

/** @throws BAD_FRAME where it is not a message from a worker; of a snapshot it is known that it is an object */
export function parseFromWorker<Snapshot>(message: unknown): FromWorker<Snapshot> {
  return parse<FromWorker<Snapshot>>(message, FROM_WORKER)
}

function parse<Message>(message: unknown, shapes: Readonly<Record<string, Shape>>): Message {
  const type = (message as { type?: unknown } | null)?.type
  if (typeof type !== 'string' || !Object.hasOwn(shapes, type))
    throw new TyphoonError(
      'BAD_FRAME',
      `a control message has the unknown type ${shorten(JSON.stringify(type) ?? 'none')}`,
    )
  if (shapes[type]!(message)) return message as Message
  throw new TyphoonError('BAD_FRAME', `a control message of type "${type}" has not the shape that it is to have`)
}
