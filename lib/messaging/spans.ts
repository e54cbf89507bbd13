/**
 * What a worker has recorded of the tuple trees that are followed, as it goes over a wire. Times are milliseconds since
 * 1970 by the clock of its host, with fractions; an edge is the id that a tuple had in its tree when it was sent, and a
 * root its id: 16 hexadecimal digits each (`rootText` of `tuple/ids.ts`).
 */
import {
  flag,
  list,
  number,
  object,
  oneOf,
  orNull,
  type Shape,
  type Shaped,
  type Tagged,
  tagged,
  text,
  whole,
} from '../shape/guards.ts'
import type { TaskId } from '../tuple/ids.ts'

const task: Shape<TaskId> = whole(1)
const id = text(16)

const SPANS = {
  /** A spout task has emitted the root. `values`: its values as text (`values/text.ts`), where they are short. */
  emitted: object({ task, stream: text(), at: number, messageId: text() }, { replayOf: id, values: text() }),
  /** It has its verdict. */
  verdict: object({ at: number }, { reason: text() }),
  /** Its message id was emitted again, as this root. */
  replayed: object({ as: id, at: number }),
  /**
   * A task has handed a tuple over. `parents`: the edges of those that it was emitted with as anchors; none: it is a
   * first one.
   */
  sent: object({ edge: id, parents: list(id), task, stream: text(), target: task, at: number }),
  /** A task has got a tuple; in the worker in which it was sent it arrives at once. */
  visit: object(
    { edge: id, task },
    {
      ...{ arrived: number, began: number, ended: number, settled: number },
      /** Why it failed, and its values then. */
      ...{ reason: text(), values: text() },
    },
  ),
} as const

const span = tagged('is', SPANS)
/** One thing that was recorded of a root. */
export type Span = Tagged<'is', typeof SPANS>

const spansOf = object({ root: id, spans: list(span), isCut: flag })
/** What one worker has recorded of a root. It is cut where that was too much, or is partly overwritten. */
export type SpansOf = Shaped<typeof spansOf>

/** What the nimbus orders of it, by type. */
export const ROOT_ORDERS = {
  /** Which roots are followed from now on: those whose low half has all of these bits; null: none. */
  'follow-roots': object({ mask: orNull(whole()) }),
  /** The next root of a spout of it is followed and told of; or no longer. */
  'follow-next': object({ on: flag }),
  /** Roots that are followed are told of when they are acked, too; or no longer. */
  'tell-acked': object({ on: flag }),
  /** What has it recorded of these roots? */
  spans: object({ round: whole(), roots: list(text()) }),
} as const

/** What workers say of it, by type. */
export const ROOT_NEWS = {
  /** A root that is followed has failed, or is acked where that is told; or the next one that was asked for. */
  followed: object({ root: id, state: oneOf('emitted', 'acked', 'failed'), isNext: flag }),
  spans: object({ round: whole(), roots: list(spansOf) }),
} as const
