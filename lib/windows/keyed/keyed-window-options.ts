/** What can be set of a KeyedWindowBolt. */

import type { Timestamps } from '../../index.ts'
import { choice, integer, map, type OptionTable, text, texts } from '../../shape/options.ts'
import type { WindowAssigner, WindowWords } from '../model/assigner.ts'
import type { Trigger, TriggerWords } from '../model/trigger.ts'
import type { Aggregate, AggregateWords } from './aggregate.ts'
import type { Accumulation } from './windows.ts'

/** What can be set of a KeyedWindowBolt. */
export interface KeyedWindowOptions<In = any, Out = any> {
  /** The fields whose values are a key; an empty list for one window over all that comes to a task. */
  readonly keys: readonly (keyof In & string)[]
  /** `tumbling(ms)`, `sliding(lengthMs, slideMs)`, `session(gapMs)` or `global()`; in a file `{ tumbling: 60000 }` … */
  readonly window: WindowAssigner | WindowWords
  /** By the field that its result goes to: `count`, `{ sum: field }`, `min`, `max`, `mean`, `list`, or one of yours. */
  readonly aggregates: { readonly [K in keyof Out]?: Aggregate | AggregateWords }
  /** When a window fires: when the watermark passes it, unless given. */
  readonly trigger?: Trigger | TriggerWords
  /** What a further firing says: what is new, everything, or everything after taking back what was said. */
  readonly accumulation?: Accumulation
  /** For how long a window takes in what is late, milliseconds. */
  readonly latenessMs?: number
  /** Where the times of the tuples are, and what the watermarks are made of; see docs/time.md. */
  readonly timestamps?: Timestamps
  /** The field with the time of a tuple, where the sources make the watermarks. */
  readonly timestampField?: string
  /** A stream for what is too late: one field, `late_tuple`, which is the tuple by field name. */
  readonly lateStream?: string
}

/** @internal */
export const KEYED_WINDOW = {
  keys: { ...texts(), required: true },
  window: map({ required: true }),
  aggregates: map<Readonly<Record<string, Aggregate | AggregateWords>>>({ required: true }),
  trigger: map(),
  accumulation: choice(['discarding', 'accumulating', 'retracting'], { default: 'accumulating' }),
  latenessMs: integer({ default: 0, least: 0 }),
  timestamps: map(),
  timestampField: text(),
  lateStream: text(),
} satisfies OptionTable<KeyedWindowOptions>
