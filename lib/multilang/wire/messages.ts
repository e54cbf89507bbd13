/**
 * What a parent and its child say to each other, by Storm's multilang protocol (apache/storm
 * `docs/Multilang-protocol.md`), as data. Bytes are the business of a serializer. What Typhoon adds to Storm's protocol
 * is marked; docs/multilang.md has the whole of it.
 */

/** A list of fields, or how a stream is shared out, as Storm writes it. */
export interface GroupingJson {
  readonly type: string
  readonly fields?: readonly string[]
}

type ByStream<T> = Readonly<Record<string, T>>
type ByComponent<T> = Readonly<Record<string, T>>

/** What a child learns about its task; Storm's `TopologyContext.toJSONString`. */
export interface ContextJson {
  readonly 'task->component': Readonly<Record<string, string>>
  readonly taskid: number
  readonly componentid: string
  readonly streams: readonly string[]
  readonly 'stream->outputfields': ByStream<readonly string[]>
  readonly 'stream->target->grouping': ByStream<ByComponent<GroupingJson>>
  readonly 'source->stream->grouping': ByComponent<ByStream<GroupingJson>>
  readonly 'source->stream->fields': ByComponent<ByStream<readonly string[]>>
}

/** The first message to a child. */
export interface Handshake {
  /** The component's configuration; under Typhoon with `typhoon.version`. */
  readonly conf: Readonly<Record<string, unknown>>
  /** Folder in which the child makes an empty file that is named by its pid. */
  readonly pidDir: string
  readonly context: ContextJson
}

/** A tuple for a bolt. A heartbeat and the end of the input have no component. */
export interface TupleJson {
  /** A decimal number; negative where the tuple is the runtime's own. */
  readonly id: string
  readonly comp: string | null
  readonly stream: string
  readonly task: number
  readonly tuple: readonly unknown[]
}

/** A command for a spout; `id` is empty where it has no use. */
export interface SpoutCommand {
  readonly command: 'next' | 'ack' | 'fail' | 'activate' | 'deactivate'
  readonly id: unknown
}

/** The answer to `state_get`, Typhoon's own: for each key a list of its value, or of nothing. */
export interface StateValues {
  readonly state: string
  readonly values: readonly (readonly unknown[])[]
}

/** Whatever a parent sends; a list of numbers are the tasks that got an emitted tuple. */
export type ToChild = Handshake | TupleJson | SpoutCommand | StateValues | readonly number[]

/** An emit as children write it: most of it may be missing, or of another type than it should. */
export interface EmitJson {
  readonly command: 'emit'
  readonly tuple?: unknown
  readonly stream?: unknown
  readonly task?: unknown
  readonly anchors?: unknown
  readonly id?: unknown
  readonly need_task_ids?: unknown
}

/** A message from a child, before anything but its being an object was checked. */
export interface FromChild {
  readonly command?: unknown
  readonly pid?: unknown
  readonly [key: string]: unknown
}

/** What the error of a child may say of an emit that its library has refused. */
export const EMIT_CODES = ['WRONG_VALUES', 'UNDECLARED_STREAM'] as const

/** Storm's levels of `log`, from 0 up. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const
