/** The small topology in which a child is checked: source → checked → sink, one task each. */

import {
  DEFAULT_STREAM,
  END_OF_INPUT_STREAM,
  HEARTBEAT_STREAM,
  SYSTEM_COMPONENT,
  SYSTEM_TASK,
  TICK_STREAM,
} from '../../index.ts'
import type { Handshake, TupleJson } from '../wire/messages.ts'

/** What the child is, for the parent. */
export type Kind = 'bolt' | 'spout'

/** Names and tasks of the topology. */
const SOURCE = { component: 'source', task: 1 }
const CHECKED = { component: 'checked', task: 2 }
export const SINK = { component: 'sink', task: 3 }

/** What can be said of the topology. */
export interface Setup {
  readonly kind: Kind
  /** Output fields of the child by stream. */
  readonly outputs: Readonly<Record<string, readonly string[]>>
  /** Fields of the tuples that a bolt gets. */
  readonly inputs: readonly string[]
  /** What stands in its configuration beside that of the topology. */
  readonly config: Readonly<Record<string, unknown>>
}

/** The first message to the child. */
export function handshakeFor({ kind, outputs, inputs, config }: Setup, pidDir: string): Handshake {
  const tasks = [...(kind === 'bolt' ? [SOURCE] : []), CHECKED, SINK]
  const shuffle = { type: 'SHUFFLE' }
  return {
    conf: { 'topology.name': 'check', 'topology.message.timeout.secs': 30, 'typhoon.version': 'check', ...config },
    pidDir,
    context: {
      'task->component': Object.fromEntries(tasks.map(({ component, task }) => [task, component])),
      taskid: CHECKED.task,
      componentid: CHECKED.component,
      streams: Object.keys(outputs),
      'stream->outputfields': outputs,
      'stream->target->grouping': Object.fromEntries(
        Object.keys(outputs).map((stream) => [stream, { [SINK.component]: shuffle }]),
      ),
      'source->stream->grouping': kind === 'bolt' ? { [SOURCE.component]: { [DEFAULT_STREAM]: shuffle } } : {},
      'source->stream->fields': kind === 'bolt' ? { [SOURCE.component]: { [DEFAULT_STREAM]: inputs } } : {},
    },
  }
}

/** A tuple from the source. */
export function tupleOf(id: string, tuple: readonly unknown[]): TupleJson {
  return { id, comp: SOURCE.component, stream: DEFAULT_STREAM, task: SOURCE.task, tuple }
}

/** The runtime's own tuples. */
export const heartbeat = (id: string): TupleJson => own(id, HEARTBEAT_STREAM)
export const endOfInput = (id: string): TupleJson => own(id, END_OF_INPUT_STREAM)
export const tick = (id: string): TupleJson => ({ ...own(id, TICK_STREAM), comp: SYSTEM_COMPONENT, tuple: [5] })

function own(id: string, stream: string): TupleJson {
  return { id, comp: null, stream, task: SYSTEM_TASK, tuple: [] }
}
