/** Types of storm.js: spouts and bolts in JavaScript, by Storm's multilang protocol. */

export type Values = readonly unknown[]
export type TaskId = number
export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error'
type Conf = Readonly<Record<string, any>>
type Maybe<T> = T | Promise<T>

/** A tuple that came to a bolt. */
export class Tuple<V extends Values = any[]> {
  constructor(id: string, component: string, stream: string, task: TaskId, values: V, names?: readonly string[])
  readonly id: string
  readonly component: string
  readonly stream: string
  readonly task: TaskId
  readonly values: V
  /** Names of the fields. */
  readonly names: readonly string[]
  /** It was acked or failed. */
  readonly settled: boolean
  /** The value of a field. Throws where the stream has no such field. */
  field(name: string): any
  /** The values by the names of their fields. */
  toObject(): Record<string, any>
  isTickTuple(): boolean
  isHeartbeatTuple(): boolean
}

/** The context of the handshake as it came, and its most wanted parts by name. */
export class Context {
  constructor(json: object)
  readonly [key: string]: any
  /** Id of the component. */
  readonly component: string
  /** Id of the task that this process is. */
  readonly task: TaskId
  /** Task → component, for the whole topology. */
  readonly tasks: Readonly<Record<string, string>>
  /** Ids of the components whose streams come here, sorted. */
  readonly sources: readonly string[]
  /** Names of the fields of an own stream. */
  fields(stream?: string): readonly string[]
}

export interface EmitOptions {
  /** Left out: `default`. */
  readonly stream?: string
  /** To this task alone, on a stream that is declared as direct. */
  readonly task?: TaskId
  /** Tuples or their ids. Left out: what the handler was called with; of a RichBolt, none. */
  readonly anchors?: readonly (Tuple | string)[]
  /** The ids of the tasks that get the tuple are wanted: emit returns a promise of them. */
  readonly needTaskIds?: boolean
}

/** What a task of a bolt keeps by key: its parent, which is Typhoon, has it. The option `states` of the bolt names it. */
export interface State {
  /** Undefined where there is no value. */
  get(key: unknown): Promise<any>
  /** Of several keys, in one question. */
  getAll(keys: Iterable<unknown>): Promise<any[]>
  put(key: unknown, value: unknown): void
  putAll(pairs: Iterable<readonly [unknown, unknown]>): void
  delete(...keys: unknown[]): void
}

/** What a handler speaks with: every function of it can be taken out of it. */
export interface Output {
  state(name: string): State
  /** Throws a TypeError for what is not an array, and an Error where an anchor was acked or failed before. */
  emit(values: Values, options: EmitOptions & { readonly needTaskIds: true }): Promise<TaskId[]>
  emit(values: Values, options?: EmitOptions): void
  log(text: unknown, level?: Level): void
  metric(name: string, params: unknown): void
  reportError(error: unknown): void
}

/** Of a bolt that acks and fails by itself. The first ack or fail of a tuple counts; others are void. */
export interface RichOutput extends Output {
  ack(tuple: Tuple): void
  /** With the error that is to blame, if there is one. */
  fail(tuple: Tuple, error?: unknown): void
}

/** A bolt whose tuples are anchored, acked and failed for it. */
export class Bolt {
  /** How many tuples may be in `process` at a time; 1. */
  concurrency: number
  /** Once, before the first tuple. When it throws, that is reported and the process ends with 1. */
  initialize(conf: Conf, context: Context, out: Output): Maybe<void>
  /**
   * When it returns, or its promise resolves, the tuple is acked. When it throws, the error is reported and the tuple
   * fails.
   */
  process(tuple: Tuple, out: Output): Maybe<unknown>
  /** At every tick, if `topology.tick.tuple.freq.secs` is set. */
  tick?(out: Output, tuple: Tuple): Maybe<unknown>
  /** When the whole input has been processed; Typhoon's, Storm does not call it. */
  endOfInput?(out: Output): Maybe<unknown>
  /** Serves until the other side is gone, which ends the process. */
  run(): void
}

/** A bolt that anchors, acks and fails by itself. An error that `process` throws fails its tuple. */
export class RichBolt extends Bolt {
  process(tuple: Tuple, out: RichOutput): Maybe<unknown>
}

/** A bolt that processes its tuples in groups: when one is full, at every tick, and at the end of the input. */
export class BatchingBolt extends Bolt {
  /** 100. */
  groupSize: number
  /** What it emits is anchored to all tuples of the group; they are acked together, or fail together. */
  processGroup(tuples: Tuple[], out: Output): Maybe<unknown>
}

export type BoltParts = Partial<Pick<Bolt, 'initialize' | 'tick' | 'endOfInput' | 'concurrency'>>

/** A bolt of a function. */
export function bolt(process: Bolt['process'], parts?: BoltParts): Bolt

/** Values, or values and where they go; undefined where there is nothing just now. */
export type Emitted =
  | Values
  | { readonly tuple: Values; readonly stream?: string; readonly task?: TaskId; readonly id?: string | number }
  | undefined
  | null
export type Source = Iterable<Emitted> | AsyncIterable<Emitted>

/** A spout that keeps what it emitted until it is acked, and emits again what has failed, after a back-off. */
export class ReliableSpout {
  /** How often a tuple is emitted before it is given up; undefined: `topology.replay.max.attempts`, or 5. */
  maxAttempts?: number
  /** Before the first replay, doubled for each further one; undefined: `topology.replay.delay.ms`, or 100. */
  replayDelayMs?: number
  /** Its upper limit; undefined: `topology.replay.max.delay.ms`, or 30 000. */
  maxReplayDelayMs?: number
  initialize(conf: Conf, context: Context, out: Output): Maybe<void>
  /** The source. Its end is the end of the input. When it throws, that is reported, and it is called anew. */
  tuples(): Source
  /** A tuple is done, and kept no longer. */
  acked(id: string | number, values: Values): Maybe<void>
  /** A tuple has failed too often, and is kept no longer. Unless overridden, it is reported as an error. */
  givenUp(id: string | number, values: Values): Maybe<void>
  run(): void
}

export type SpoutParts = Partial<
  Pick<ReliableSpout, 'maxAttempts' | 'replayDelayMs' | 'maxReplayDelayMs' | 'acked' | 'givenUp'>
>

/** A ReliableSpout of a generator function. */
export function spout(source: (conf: Conf, context: Context) => Source, parts?: SpoutParts): ReliableSpout

export interface TrialOptions {
  /** Names of the values of the inputs. */
  readonly fields?: readonly string[]
  readonly conf?: Conf
}

/** A message that a component has sent. */
export type Sent = { readonly command: string; readonly [key: string]: any }

/**
 * Runs a component in this process, for tests, and resolves to what it sent. Inputs are arrays of values, or `'tick'`
 * for a bolt; for a spout `'next'`, `'ack'` and `'fail'` (of what was emitted last), or `'fail ID'`. When they are
 * through, a bolt is told the end of its input. Rejects where the component cannot be initialized.
 */
export function trial(
  component: Bolt | ReliableSpout | Storm,
  inputs: Iterable<Values | string> | AsyncIterable<Values | string>,
  options?: TrialOptions,
): Promise<Sent[]>

/** What the classic bolt and the classic spout have in common. */
export class Storm {
  initialize(conf: Conf, context: Context, done: () => void): void
  run(): void
  log(text: unknown, level?: Level): void
  sync(): void
  sendMsgToParent(message: object): void
  /** `onTaskIds` may be left out with `need_task_ids: false` alone. */
  emit(details: ClassicEmit, onTaskIds?: (taskIds: TaskId[]) => void): void
  emitDirect(details: ClassicEmit & { readonly task: TaskId }): void
}

export interface ClassicEmit {
  readonly tuple: Values
  readonly stream?: string
  /** Of bolts. */
  readonly anchorTupleId?: string | readonly string[]
  /** The message id; of spouts. */
  readonly id?: string | number
  readonly need_task_ids?: boolean
}

/** The bolt of Storm's storm.js. */
export class BasicBolt extends Storm {
  /** `done()` acks the tuple, `done(error)` fails it. */
  process(tuple: Tuple, done: (error?: unknown) => void): void
  ack(tuple: Tuple): void
  fail(tuple: Tuple, error?: unknown): void
}

/**
 * The spout of Storm's storm.js. A method that takes no `done` is done when it returns, or when its promise resolves.
 */
export class Spout extends Storm {
  nextTuple(done: () => void): Maybe<void>
  ack(id: string | number, done: () => void): Maybe<void>
  fail(id: string | number, done: () => void): Maybe<void>
  activate(done: () => void): Maybe<void>
  deactivate(done: () => void): Maybe<void>
}
