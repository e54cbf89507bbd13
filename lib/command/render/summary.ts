/** What a run has come to, at its end. */
import type { RunReport } from '../../run/index.ts'
import { type Line, plain, type Span, type Style } from './line.ts'
import { count, milliseconds, plural, seconds } from './numbers.ts'
import { type Cell, type Column, table } from './table.ts'

/** The counts of components, a row each. */
export const COMPONENT_COLUMNS: readonly Column[] = [
  { title: 'component' },
  { title: 'tasks', align: 'right' },
  { title: 'emitted', align: 'right' },
  { title: 'executed', align: 'right' },
  { title: 'acked', align: 'right' },
  { title: 'failed', align: 'right' },
]

const STATUS_STYLES: Readonly<Record<RunReport['status'], Style>> = {
  completed: 'green',
  stopped: 'yellow',
  failed: 'red',
}

export interface SummaryOptions {
  /** False where there were no ackers. */
  readonly tracked: boolean
  /** What a failure went back to was a snapshot: nothing needed to be tracked. */
  readonly isExact?: boolean
  /** How often a worker was started again. */
  readonly restarts: number
  /** The longest that an event loop was blocked, where that is worth telling. */
  readonly stall?: { readonly worker: number; readonly ms: number }
  /** Frames that were refused as malformed. */
  readonly badFrames?: number
  /** What components have counted by themselves. */
  readonly ownCounters?: ReadonlyMap<string, number>
  /** What the others waited for, in a sentence. */
  readonly bottleneck?: string
  /** Cells of a line. */
  readonly columns?: number
}

export function summary(report: RunReport, options: SummaryOptions): Line[] {
  const { tracked, isExact, restarts, columns } = options
  const rows = Object.entries(report.components).map(([id, { tasks, emitted, executed, acked, failed }]): Cell[] => [
    id,
    count(tasks),
    count(emitted),
    count(executed),
    count(acked),
    failed > 0 ? { text: count(failed), style: 'red' } : count(failed),
  ])
  const status: Span = { text: report.status, style: STATUS_STYLES[report.status] }
  const workers = `${plural(report.workers, 'worker')}${restarts > 0 ? ` (${plural(restarts, 'restart')})` : ''}`
  return [
    plain(''),
    [
      { text: report.topology, style: 'bold' },
      { text: ' ' },
      status,
      { text: ` after ${seconds(report.seconds)} on ${workers}` },
    ],
    plain(''),
    ...table(COMPONENT_COLUMNS, rows, columns),
    plain(''),
    ...(tracked ? rootLines(report) : [untrackedLine(isExact === true)]),
    ...[...(options.ownCounters ?? [])].map(([counter, sum]) => plain(`${counter}: ${count(sum)}`)),
    ...(options.bottleneck === undefined ? [] : [plain(options.bottleneck)]),
    ...troubleLines(options),
    ...deadLetterLines(report),
    ...failureLines(report, tracked),
  ]
}

function untrackedLine(isExact: boolean): Line {
  return plain(`no tuple was tracked, for ${isExact ? 'snapshots were taken' : 'the topology has no ackers'}`)
}

function deadLetterLines({ roots, deadLetterFiles = [], problem }: RunReport): Line[] {
  if (roots.deadLettered === 0) return []
  const letters = `${plural(roots.deadLettered, 'dead letter')} in ${deadLetterFiles.join(', ')}`
  const advice = '; with --fail-on-dead-letters the exit code of such a run is 1'
  const told = `warning[DEAD_LETTERS]: ${letters}${problem?.code === 'DEAD_LETTERS' ? '' : advice}`
  return [[{ text: told, style: 'red' }]]
}

/** What no replay and no dead letter has taken up. What failed with a lost worker, its spout may have emitted anew. */
function failureLines({ roots }: RunReport, tracked: boolean): Line[] {
  const { timeout, explicit } = roots.failed
  const lost = timeout + explicit - roots.replayed - roots.deadLettered
  const lines: string[] = []
  if (lost > 0) lines.push(`${plural(lost, 'root')} failed for good, without a replay or a dead letter`)
  if (tracked && roots.emitted > 0 && roots.acked === 0)
    lines.push(`not one of ${plural(roots.emitted, 'root')} was acked: see the errors above for why`)
  return lines.map((text) => [{ text: `warning: ${text}`, style: 'yellow' }])
}

function troubleLines({ stall, badFrames = 0 }: SummaryOptions): Line[] {
  const lines: string[] = []
  if (stall !== undefined)
    lines.push(`longest stall of an event loop: ${seconds(stall.ms / 1000)}, worker ${stall.worker}`)
  if (badFrames > 0) lines.push(`${plural(badFrames, 'malformed frame')} refused`)
  return lines.map((text) => [{ text, style: 'yellow' }])
}

function rootLines({ roots, completeLatencyMs: latency }: RunReport): Line[] {
  const { timeout, explicit, workerLost } = roots.failed
  const failed = timeout + explicit + workerLost
  const reasons = [
    [timeout, 'timeout'],
    [explicit, 'explicit'],
    [workerLost, 'worker lost'],
  ] as const
  const why = reasons.filter(([times]) => times > 0).map(([times, reason]) => `${count(times)} ${reason}`)
  const lines: Line[] = [
    [
      { text: `roots: ${count(roots.emitted)} emitted, ${count(roots.acked)} acked, ` },
      failed > 0 ? { text: `${count(failed)} failed (${why.join(', ')})`, style: 'red' } : { text: '0 failed' },
      { text: `, ${count(roots.replayed)} replayed, ` },
      {
        text: `${count(roots.deadLettered)} dead-lettered`,
        ...(roots.deadLettered > 0 ? { style: 'red' as const } : {}),
      },
    ],
  ]
  // Workers that were lost may have taken all of it with them.
  if (latency.max > 0) {
    const { p50, p99, p999, max } = latency
    const times = [
      ['p50', p50],
      ['p99', p99],
      ['p99.9', p999],
      ['max', max],
    ] as const
    lines.push([{ text: `complete latency: ${times.map(([name, ms]) => `${name} ${milliseconds(ms)}`).join(', ')}` }])
  }
  return lines
}
