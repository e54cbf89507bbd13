/** Tuple trees as lines: one of them with all of its tuples, and a list of those that have failed. */
import type { Trace, TracedTuple, TracingStatus } from '../../run/index.ts'
import { type Line, plain, type Style, span } from './line.ts'

const STATE_STYLES: Readonly<Record<string, Style>> = { acked: 'green', failed: 'red' }

/** A head, a line for each tuple, and what is to be said of the times. */
export function traceLines(trace: Trace): Line[] {
  return [...headLines(trace), ...tupleLines(trace.tuples, ''), ...remarks(trace)]
}

/** The last ones that have failed, the oldest first, and what is followed. */
export function failedLines({ sample, failed }: TracingStatus): Line[] {
  const followed = sample === 0 ? 'no roots are followed' : `of ${Math.round(1 / sample)} roots one is followed`
  const hint = sample === 0 ? ': --sample 1%, or topology.trace.sample, lets it be so' : ''
  const none = sample !== 0 && failed.length === 0 ? ', and none has failed' : ''
  return [
    ...failed.map(({ root, component, task, messageId, emitted, reason, replayOf }): Line => {
      const again = replayOf === undefined ? '' : ` (replay of ${replayOf})`
      return [
        span(emitted === undefined ? '' : `${emitted.slice(11, -1)} `, 'dim'),
        span(`${root} ${component}[${task}] ${messageId ?? ''}${again}`),
        span(` ${reason ?? ''}`, 'red'),
      ]
    }),
    plain(`${followed}${hint}${none}`),
  ]
}

function headLines({ root, component, task, worker, state, ...trace }: Trace): Line[] {
  const { afterMs, reason, messageId, emitted, replayOf, replayedAs } = trace
  const after = afterMs === undefined ? '' : ` after ${millis(afterMs)} ms`
  const about = [
    messageId === undefined ? '' : `message id ${messageId}`,
    emitted === undefined ? '' : `emitted ${emitted}`,
    replayOf === undefined ? '' : `replay of ${replayOf}`,
    replayedAs === undefined ? '' : `replayed as ${replayedAs}`,
  ].filter((text) => text !== '')
  return [
    [
      span(`${root} `, 'bold'),
      span(`${component}[${task}] on worker ${worker}: `),
      span(`${state}${after}`, STATE_STYLES[state]),
    ],
    ...(about.length === 0 ? [] : [[span(`  ${about.join(', ')}`, 'dim')]]),
    ...(reason === undefined ? [] : [[span(`  ${reason}`, 'red')]]),
  ]
}

/** Depth first, in the order in which they were sent. */
function tupleLines(tuples: readonly TracedTuple[], margin: string): Line[] {
  return tuples.flatMap((tuple, index) => {
    const isLast = index === tuples.length - 1
    const below = `${margin}${isLast ? '   ' : '│  '}`
    return [
      tupleLine(tuple, `${margin}${isLast ? '└─ ' : '├─ '}`),
      ...failureLines(tuple, below),
      ...tupleLines(tuple.children, below),
    ]
  })
}

function tupleLine(tuple: TracedTuple, margin: string): Line {
  const { component, task, worker, stream, state, wireMs, queueMs, executeMs, otherParents } = tuple
  const times = [
    wireMs === undefined ? '' : `wire ${millis(wireMs)}`,
    queueMs === undefined ? '' : `queue ${millis(queueMs)}`,
    executeMs === undefined ? '' : `execute ${millis(executeMs)}`,
  ].filter((text) => text !== '')
  const others = otherParents === undefined ? '' : `, with ${otherParents.length} more anchors`
  return [
    span(margin, 'dim'),
    span(`${component}[${task}] `),
    span(`${stream} worker ${worker} `, 'dim'),
    span(state, STATE_STYLES[state]),
    span(` at ${millis(tuple.sentMs)} ms${times.length === 0 ? '' : `: ${times.join(', ')} ms`}${others}`),
  ]
}

function failureLines({ reason, values }: TracedTuple, margin: string): Line[] {
  return [reason, values].flatMap((text, index) =>
    text === undefined ? [] : [[span(margin, 'dim'), span(`  ${text}`, index === 0 ? 'red' : 'dim')]],
  )
}

function remarks({ isPartial, missing, shifts }: Trace): Line[] {
  const said = [
    isPartial ? 'it is not whole: it began before it was followed, or more was recorded than is kept' : '',
    missing.length === 0 ? '' : `not answered: ${missing.map((worker) => `worker ${worker}`).join(', ')}`,
    ...shifts.map(
      ({ worker, ms }) =>
        `the clock of worker ${worker} was moved by ${millis(ms)} ms, so that nothing comes too early`,
    ),
  ]
  return said.flatMap((text) => (text === '' ? [] : [[span(text, 'dim')]]))
}

/** Three digits, and no more than microseconds. */
function millis(ms: number): string {
  return ms.toFixed(Math.abs(ms) >= 100 ? 0 : Math.abs(ms) >= 10 ? 1 : Math.abs(ms) >= 1 ? 2 : 3)
}
