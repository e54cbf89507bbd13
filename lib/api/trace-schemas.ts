/** What the HTTP interface says of tuple trees. */
import { flag, list, number, object, ref, type Schema, text, whole } from './schema.ts'

const STATES = ['on the wire', 'queued', 'executing', 'waiting', 'acked', 'failed', 'unknown']

/** By name. */
export const TRACE_SCHEMAS: Readonly<Record<string, Schema>> = {
  Tracing: object({
    sample: number('The part of the tuple trees that is followed; 0: none.'),
    failed: list(
      object({
        root: text('Its id: 16 hexadecimal digits.'),
        component: text('The spout.'),
        task: whole('Of the spout.'),
        'messageId?': text('As text.'),
        'emitted?': text('ISO 8601, in UTC.'),
        'reason?': text('Why it failed.'),
        'replayOf?': text('The root that had failed before.'),
      }),
      'The last ones that have failed, the oldest first.',
    ),
  }),
  TracingWanted: object({
    sample: number('The part of the tuple trees, 0 to 1; it is rounded to a power of two.'),
    'seconds?': whole('For so long, and then as before; for good unless given.', { minimum: 1, maximum: 86_400 }),
  }),
  Trace: object({
    root: text('Its id: 16 hexadecimal digits.'),
    component: text('The spout.'),
    task: whole('Of the spout.'),
    worker: whole('Of that task.'),
    'stream?': text('On which it was emitted.'),
    'messageId?': text('As text.'),
    'values?': text('What was emitted, as JSON in the text form of values; left out where it is long.'),
    'emitted?': text('ISO 8601, in UTC, by the clock of that worker.'),
    state: text('Of the whole.', { enum: ['acked', 'failed', 'waiting'] }),
    'afterMs?': number('From the emit to the verdict.'),
    'reason?': text('Why it failed.'),
    'replayOf?': text('The root that had failed before.'),
    'replayedAs?': text('The root that is its replay.'),
    tuples: list(ref('TracedTuple'), 'The first ones, each with those below it.'),
    isPartial: flag('Something is missing.'),
    missing: list(whole('One.'), 'Workers that have not answered.'),
    shifts: list(
      object({ worker: whole('Whose.'), ms: number('By so much.') }),
      'Clocks that were moved, so that no tuple comes before it was sent.',
    ),
  }),
  TracedTuple: object({
    edge: text('Its id in the tree.'),
    component: text('To which it goes.'),
    task: whole('Of that component.'),
    worker: whole('Of that task.'),
    stream: text('On which it came.'),
    from: text('The component that it comes from.'),
    fromTask: whole('Of that component.'),
    sentMs: number('When it was sent, since the root was emitted.'),
    'wireMs?': number('Between two workers.'),
    'queueMs?': number('In the inbox of its task.'),
    'executeMs?': number('In execute and its promise.'),
    'settledMs?': number('When it was acked or failed, since the root was emitted.'),
    state: text('How far it is.', { enum: STATES }),
    'reason?': text('Why it failed.'),
    'values?': text('Its values when it failed, shown and cut.'),
    'otherParents?': list(text('The id of one.'), 'Other tuples that it was emitted with as anchors.'),
    children: list(ref('TracedTuple'), 'Those that were emitted with it as an anchor.'),
  }),
}
