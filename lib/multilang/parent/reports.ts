/** What a spout's and a bolt's child may both say beside their emits: logs, errors, metrics. */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { LogLevel, TaskContext } from '../../index.ts'
import { EMIT_CODES, type FromChild, LOG_LEVELS } from '../wire/messages.ts'
import { shown } from '../wire/shown.ts'
import type { Child } from './child.ts'
import type { MetricKind } from './shell-settings.ts'

const LEVELS: Readonly<Record<(typeof LOG_LEVELS)[number], LogLevel>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
}

/** What a child reported is on its way to. */
export interface Reports {
  readonly child: Pick<Child, 'log'>
  readonly context: TaskContext
  readonly metrics: ReadonlyMap<string, MetricKind>
  reportError(error: TyphoonError): void
  /** The child's own error: of the tuple that it fails next, if it does. */
  ofChild?(error: TyphoonError): void
}

/** Handles a log, an error or a metric. @returns false where it is none of them */
export function handleReport(message: FromChild, { child, context, metrics, reportError, ofChild }: Reports): boolean {
  switch (message.command) {
    case 'log':
      child.log(LEVELS[LOG_LEVELS[Number(message['level'] ?? 2)] ?? 'info'], textOf(message['msg']))
      return true
    case 'error': {
      const error = childError(message)
      ofChild?.(error)
      reportError(error)
      return true
    }
    case 'metrics': {
      const name = textOf(message['name'])
      const params = message['params'] ?? 1
      const kind = metrics.get(name)
      if (kind === undefined) reportError(unknownMetric(name, metrics))
      else if (typeof params === 'number') measure(kind, name, params, { context, reportError })
      else
        reportError(new TyphoonError('CHILD_PROTOCOL', `the metric "${name}" must be a number, not ${shown(params)}`))
      return true
    }
    default:
      return false
  }
}

/** What is no value of it the task reports; what cannot be a name is reported here. Neither changes anything else. */
function measure(
  kind: MetricKind,
  name: string,
  value: number,
  { context: { metrics }, reportError }: Pick<Reports, 'context' | 'reportError'>,
): void {
  try {
    if (kind === 'counter') metrics.counter(name).inc(value)
    else if (kind === 'gauge') metrics.gauge(name).set(value)
    else metrics.histogram(name).record(value)
  } catch (error) {
    reportError(error as TyphoonError)
  }
}

/**
 * One that says that its tuple is hopeless is a permanent error, as `PermanentError` is. A library of Typhoon finds
 * emits that do not fit where they stand, and says so.
 */
function childError({ msg, permanent, code }: FromChild): TyphoonError {
  const error = new TyphoonError(EMIT_CODES.find((known) => known === code) ?? 'CHILD_ERROR', textOf(msg))
  return permanent === true ? Object.assign(error, { permanent }) : error
}

function unknownMetric(name: string, known: ReadonlyMap<string, MetricKind>): TyphoonError {
  const hint = `register it: metrics: [${[...known.keys(), name].join(', ')}] among the options, or registerMetric in YAML`
  return new TyphoonError('UNKNOWN_METRIC', `a child sent the metric "${name}", which is not registered`, { hint })
}

function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : shown(value)
}
