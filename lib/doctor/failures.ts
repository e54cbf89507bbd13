/** What fails, and why. */
import type { ComponentFigures } from '../history/figures.ts'
import type { TimelineEvent } from '../history/timeline.ts'
import { IN_STEP, outOfStepWords } from '../topology/out-of-step.ts'
import type { ComponentId } from '../tuple/ids.ts'
import { LATE_COUNTER } from '../tuple/system-ids.ts'
import { plural, times } from '../words/plural.ts'
import type { Finding, Looked } from './finding.ts'
import { named, percent, span } from './say.ts'

/** A share of failures that is grave. */
const GRAVE = 0.05
const OFTEN = 3
const MANY_LATE = 100
const PART_LATE = 0.01
const LONGEST_REASON = 200
/** Errors of tuples that are set aside. */
const SET_ASIDE: readonly (string | undefined)[] = ['POISON_TUPLE', 'TUPLE_GIVEN_UP']

/** Failing tuples, rows that were given up, workers that die, a run that fails. */
export function findFailures(looked: Looked): Finding[] {
  const components = Object.entries(looked.figures.components)
  return [
    ...noSlots(looked),
    ...runFailing(looked),
    ...workersDie(looked),
    ...poisonRows(looked),
    ...components.flatMap(([id, component]) => [
      ...fails(looked, id, component),
      ...late(looked, id, component),
      ...timesOut(looked, id, component),
    ]),
  ]
}

function noSlots({ events }: Looked): Finding[] {
  const last = events.findLast(({ kind }) => kind === 'run-failed' || kind === 'status')
  if (last?.code !== 'NO_SLOTS') return []
  return [
    {
      ...{ code: 'NO_SLOTS', severity: 'critical' },
      text: `It cannot run: ${sentence(last.text)}`,
      advice: 'Start a supervisor on another host, give hosts more slots, or ask for fewer workers.',
    },
  ]
}

function runFailing({ events, figures }: Looked): Finding[] {
  const failures = events.filter(({ kind, code }) => kind === 'run-failed' && code !== 'NO_SLOTS')
  const last = failures.at(-1)
  if (last === undefined) return []
  return [
    {
      ...{ code: 'RUN_FAILING', severity: 'critical' },
      text: `The topology has failed ${times(failures.length)} within ${span(figures.seconds)}: ${sentence(last.text)}`,
      advice: `See docs/errors.md for ${last.code ?? 'its code'}, and the logs before it.`,
    },
  ]
}

function workersDie({ events }: Looked): Finding[] {
  const deaths = events.filter(({ kind }) => kind === 'worker-lost')
  const last = deaths.at(-1)
  if (last === undefined) return []
  const workers = [...new Set(deaths.flatMap(({ worker }) => (worker === undefined ? [] : [worker])))]
  return [
    {
      code: 'WORKERS_DIE',
      severity: deaths.length >= OFTEN ? 'critical' : 'warning',
      ...(workers.length === 1 ? { worker: workers[0]! } : {}),
      text: `${plural(deaths.length, 'worker')} died${deaths.length > workers.length ? ', some of them again and again' : ''}; the last one was worker ${last.worker}: ${sentence(last.text)}`,
      advice:
        'The log of that worker says what it did last; a limit of memory or a defect of a component ends it again.',
    },
  ]
}

function poisonRows({ figures, events }: Looked): Finding[] {
  return Object.entries(figures.components).flatMap(([id, { deadLettered }]): Finding[] => {
    if (deadLettered === 0) return []
    const about = events.findLast(({ code }) => SET_ASIDE.includes(code)) ?? lastError(events)
    return [
      {
        ...{ code: 'POISON_ROW', severity: 'critical', component: id },
        text: `${plural(deadLettered, 'tuple')} of ${named([id])} ${deadLettered === 1 ? 'was' : 'were'} given up and became dead letters${because(about)}`,
        advice:
          'The file of dead letters has their values and reasons: mend the data or the bolt, and emit them again.',
      },
    ]
  })
}

function fails({ figures, events }: Looked, id: ComponentId, { kind, failed, acked }: ComponentFigures): Finding[] {
  if (kind === 'spout' || failed === 0) return []
  const share = failed / (failed + acked)
  return [
    {
      ...{ code: 'FAILS', severity: share >= GRAVE ? 'critical' : 'warning', component: id },
      text: `Bolt ${named([id])} has failed ${plural(failed, 'tuple')} within ${span(figures.seconds)}, ${shareOf(share)} of them${because(lastError(events, id))}`,
      advice: 'Its errors say where: mend the bolt, or let it report and ack what it cannot take.',
    },
  ]
}

function late({ figures, outOfStep }: Looked, id: ComponentId, { counters, executed }: ComponentFigures): Finding[] {
  const count = counters[LATE_COUNTER] ?? 0
  const share = count / Math.max(count, executed)
  if (count < MANY_LATE || share < PART_LATE) return []
  const reason = outOfStep[id]
  const why = reason === undefined ? '.' : `: ${outOfStepWords(reason)}.`
  const advice = reason === undefined ? 'raise lagMs of the timestamps, or allow lateness' : IN_STEP
  return [
    {
      ...{ code: 'LATE_TUPLES', severity: share >= GRAVE ? 'critical' : 'warning', component: id },
      text: `${named([id])} has left out ${plural(count, 'tuple')} as late within ${span(figures.seconds)}, ${percent(share)} of those that came${why}`,
      advice: `${advice[0]!.toUpperCase()}${advice.slice(1)}.`,
    },
  ]
}

function timesOut({ figures }: Looked, id: ComponentId, { failedBy, roots }: ComponentFigures): Finding[] {
  if (failedBy.timeout === 0) return []
  const bolts = Object.entries(figures.components).filter(([, { kind }]) => kind === 'bolt')
  const slowest = bolts.reduce<{ id?: string; queued: number }>(
    (most, [bolt, { queued }]) => (queued > most.queued ? { id: bolt, queued } : most),
    { queued: 0 },
  )
  const where = slowest.id === undefined ? '' : ` Most tuples wait for ${named([slowest.id])}: ${slowest.queued}.`
  return [
    {
      ...{ code: 'TIMES_OUT', severity: failedBy.timeout / Math.max(roots, 1) >= GRAVE ? 'critical' : 'warning' },
      component: id,
      text: `${plural(failedBy.timeout, 'root')} of ${named([id])} timed out within ${span(figures.seconds)}.${where}`,
      advice:
        'A bolt that forgets to ack, or an execute that takes longer than topology.message.timeout.secs, does that.',
    },
  ]
}

function lastError(events: readonly TimelineEvent[], component?: ComponentId): TimelineEvent | undefined {
  return events.findLast(
    (event) => event.kind === 'error' && (component === undefined || event.component === component),
  )
}

function because(event: TimelineEvent | undefined): string {
  return event === undefined ? '.' : `: ${sentence(event.text)}`
}

/** A text of an error, as the end of a sentence. */
function sentence(text: string): string {
  const short = text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON)}…` : text
  return /[.!?…]$/.test(short) ? short : `${short}.`
}

function shareOf(share: number): string {
  return share < 0.01 ? 'less than 1 %' : percent(share)
}
