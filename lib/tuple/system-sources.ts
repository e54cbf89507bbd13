/**
 * The streams on which workers speak to tasks by themselves: which fields they have, and where their tuples come from.
 */
import { fields } from './fields.ts'
import {
  ACK_ACK_STREAM,
  ACK_FAIL_STREAM,
  ACK_INIT_STREAM,
  ACK_RESET_STREAM,
  ACK_TIMEOUT_STREAM,
  NOTE_STREAM,
  SYSTEM_COMPONENT,
  SYSTEM_TASK,
  TICK_STREAM,
  TIMER_STREAM,
  WATERMARK_STREAM,
} from './system-ids.ts'
import type { TupleSource } from './tuple.ts'

function source(streamIndex: number, stream: string, ...names: readonly string[]): TupleSource {
  return { component: SYSTEM_COMPONENT, task: SYSTEM_TASK, stream, fields: fields(...names), streamIndex }
}

/** The sources of ticks, of messages to the ackers, and of notes from bolts to spouts. */
export const TICK_SOURCE: TupleSource = { ...source(0, TICK_STREAM, 'seconds'), calls: 'tick' }
export const INIT_SOURCE = source(1, ACK_INIT_STREAM, 'rows')
export const ACK_SOURCE = source(2, ACK_ACK_STREAM, 'rows')
export const FAIL_SOURCE = source(3, ACK_FAIL_STREAM, 'rootHigh', 'rootLow', 'reason')
export const RESET_SOURCE = source(4, ACK_RESET_STREAM, 'roots')
export const TIMEOUT_SOURCE = source(5, ACK_TIMEOUT_STREAM, 'roots', 'timeoutMs')
export const NOTE_SOURCE = source(6, NOTE_STREAM, 'value')

/** Made where they are wanted, and never sent: a timer fires, the watermark of the task has moved on. */
export const TIMER_SOURCE: TupleSource = { ...source(7, TIMER_STREAM, 'timer'), calls: 'onTimer' }
export const WATERMARK_SOURCE: TupleSource = { ...source(8, WATERMARK_STREAM, 'watermark'), calls: 'onWatermark' }

/** Those that are sent, in the order of their numbers on the wire. */
export const SYSTEM_SOURCES: readonly TupleSource[] = [
  TICK_SOURCE,
  INIT_SOURCE,
  ACK_SOURCE,
  FAIL_SOURCE,
  RESET_SOURCE,
  TIMEOUT_SOURCE,
  NOTE_SOURCE,
]
