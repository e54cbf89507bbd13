/** What the HTTP interface says of figures. */
import { FINDINGS, SEVERITIES } from '../doctor/finding.ts'
import { byName, flag, list, number, object, ref, type Schema, text, whole } from './schema.ts'

const RATES = object({
  emitted: number('Emits.'),
  transferred: number('Copies of what was emitted, that were sent to tasks.'),
  executed: number('Executions of a bolt.'),
  acked: number('Of a bolt: tuples; of a spout: roots.'),
  failed: number('As acked.'),
})

const TASK = object({
  task: whole('Its number.'),
  'worker?': whole('Where it is now.'),
  capacity: number('The share of the window in which it was at work, 0 to 1.'),
  executed: number('Executions in the window.'),
  heldShare: number('The share of the window in which it was held back by others, 0 to 1.'),
  fullShare: number('The share of the window in which its inbox was full, 0 to 1.'),
  queued: whole('Tuples that wait for it now.'),
  mostQueued: whole('The most that did, in the window.'),
})

const COMPONENT = object({
  kind: text('What it is.', { enum: ['spout', 'bolt'] }),
  emitted: number('Emits.'),
  transferred: number('Copies of what was emitted, that were sent to tasks.'),
  executed: number('Executions of a bolt.'),
  acked: number('Of a bolt: tuples; of a spout: roots.'),
  failed: number('As acked.'),
  failedBy: object({
    timeout: number('Roots that timed out.'),
    explicit: number('Roots that a bolt has failed.'),
    workerLost: number('Roots that were lost with a worker.'),
  }),
  roots: number('Roots emitted.'),
  replayed: number('Roots emitted again.'),
  deadLettered: number('Roots that were given up.'),
  'backlog?': object(
    {
      unit: text('What is counted.', { enum: ['records', 'bytes'] }),
      now: number('Now.'),
      parts: list(number('In a part.'), 'The most in parts of the window, the oldest first.'),
    },
    'Of a spout that knows it: what it has not emitted of its input yet.',
  ),
  perSecond: RATES,
  capacity: number('The share of the window in which its busiest task was at work, 0 to 1.'),
  heldShare: number('That of the task that was held back most.'),
  fullShare: number('That of the task whose inbox was full most.'),
  'executeLatencyMs?': number('Of a bolt: the mean time of a tuple in execute, and in its promise.'),
  'executeLatency?': ref('Latencies'),
  'processLatency?': ref('Latencies'),
  'completeLatency?': ref('Latencies'),
  queued: number('Tuples that wait for its tasks now.'),
  mostQueued: number('The most that did, in the window.'),
  pending: number('Roots in flight now.'),
  waiting: number('Roots that wait for their replay now.'),
  counters: byName(number('How much it grew in the window.'), 'What it counts by itself.'),
  gauges: byName(
    object({ sum: number('Of all tasks.'), least: number('The least of them.'), most: number('The greatest.') }),
    'What it sets or reads by itself: as it is now.',
  ),
  histograms: byName(ref('Latencies'), 'What it records by itself, in the unit that it has chosen.'),
  streams: list(
    object({
      stream: text('Its name.'),
      emitted: number('Emits.'),
      transferred: number('Copies of what was emitted, that were sent to tasks.'),
    }),
    'What it emits.',
  ),
  inputs: list(
    object({
      component: text('Whose stream it is.'),
      stream: text('Its name.'),
      'sent?': number('Tuples that were sent to it; left out where its grouping alone knows how many.'),
      'acked?': number('Left out where the bolt has other inputs.'),
      failed: number('Tuples that it has failed.'),
    }),
    'What a bolt subscribes to.',
  ),
  'watermark?': number('How far event time has come for all of its tasks.'),
  tasks: list(TASK, 'In the order of their numbers.'),
  'hotKeys?': list(
    object({ key: text('As it is shown.'), share: number('Of all tuples, 0 to 1.') }),
    'Where it has a fields grouping: the keys that came most often.',
  ),
})

const WORKER = object({
  isAlive: flag('Whether it is there now.'),
  memoryBytes: number('Now.'),
  mostMemoryBytes: number('In the window.'),
  cores: number('Processor time, as cores that are busy all the time.'),
  heapUsedBytes: number('What V8 has in use now.'),
  heapLimitBytes: number('What it may have at most.'),
  heapFloors: list(number('Bytes.'), 'The least that was in use in parts of the window, the oldest first.'),
  gcShare: number('The share of the window that its collector took.'),
  loopDelayMs: number('How late its event loop came to a timer, in 99 of 100 cases at most.'),
  mostLoopDelayMs: number('The most in the window.'),
  links: list(
    object({
      worker: whole('The one that it sends to.'),
      sentBytes: number('Of tuples, in the window.'),
      bytesPerSecond: number('On an average.'),
      waitingBytes: number('What the network has not taken yet, now.'),
      mostWaitingBytes: number('The most in the window.'),
    }),
    'To each other worker.',
  ),
})

const BINS = list(
  object({ upToMs: number('Above the bin before, and at most this.'), count: number('How many.') }),
  'The shortest first; those without any are left out.',
)

/** By name. */
export const FIGURE_SCHEMAS: Readonly<Record<string, Schema>> = {
  Latencies: object(
    {
      count: number('How many were measured.'),
      p50: number('The median.'),
      p99: number('99 of 100 were not longer.'),
      p999: number('999 of 1000 were not longer.'),
      max: number('The longest.'),
    },
    'Milliseconds, within the window.',
  ),
  LatencyBins: object({ 'executeLatency?': BINS, 'processLatency?': BINS, 'completeLatency?': BINS }),
  Figures: object({
    window: text('The seconds until now, or all.'),
    'time?': text('When its workers were heard last: ISO 8601, in UTC.'),
    seconds: number('For how long there were figures within the window: rates are averages over so long.'),
    status: text('What its run did then.'),
    components: byName(COMPONENT, 'By component.'),
    workers: byName(WORKER, 'By the number of the worker.'),
    snapshots: list(
      object({
        snapshot: whole('Its number.'),
        time: text('When it was complete: ISO 8601, in UTC.'),
        durationMs: number('How long it took.'),
        bytes: number('What it holds, in earlier files as well.'),
      }),
      'The last ones that were complete, whatever the window is, the oldest first.',
    ),
    memoryBytes: number('Of all workers.'),
  }),
  Series: object({
    figure: text('Its name.'),
    'component?': text('Whose.'),
    'worker?': whole('Whose.'),
    window: text('The seconds until now, or all.'),
    stepMs: number('How long a bucket is.'),
    at: list(number('Milliseconds since 1970.'), 'When each bucket began.'),
    values: list({ description: 'A number; null where it is not known.' }, 'One for each bucket.'),
  }),
  Findings: object({
    findings: list(
      object({
        code: text('What it is.', { enum: Object.keys(FINDINGS) }),
        severity: text('How much it matters.', { enum: SEVERITIES }),
        'component?': text('Whose it is.'),
        'task?': whole('Of that component.'),
        'worker?': whole('Whose it is.'),
        text: text('In plain English, with its numbers.'),
        advice: text('What to do.'),
      }),
      'The gravest first; none where nothing is wrong.',
    ),
  }),
  Events: object({
    events: list(
      object({
        number: whole('Rises with each change of the list.'),
        time: text('ISO 8601, in UTC.'),
        kind: text('What kind of event it was.'),
        text: text('What has happened, for people.'),
        'component?': text('Whose it is.'),
        'task?': whole('Of that component.'),
        'worker?': whole('Whose it is.'),
        'code?': text('Of the catalogue of errors.'),
        'times?': whole('How often it came.'),
      }),
      'The last ones, the oldest first.',
    ),
  }),
}
