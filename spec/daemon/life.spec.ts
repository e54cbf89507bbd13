import test from 'ava'
import fc from 'fast-check'
import { type Action, type Ending, LIFE, type LifeEvent, type Phase, transitionAt } from '../../lib/daemon/life/life.ts'

/** In a phase, an event leads to a phase, and these things are done; an ending stands behind a slash. */
type Row = readonly [Phase, LifeEvent, Phase | `stopping/${Ending}`, ...Action[]]

const TABLE: Readonly<Record<string, readonly Row[]>> = {
  'a run begins when every worker is ready; it may be stopped before, take too long, or begin with another plan': [
    ['starting', 'ready', 'beginning', 'take-first'],
    ['starting', 'overdue', 'stopping/failed', 'blame-start', 'stop'],
    ['starting', 'drain', 'stopping/stopped', 'stop'],
    ['starting', 'end-input', 'stopping/stopped', 'stop'],
    ['starting', 'replan', 'replacing', 'stop'],
  ],
  'nothing is emitted before there is something to go back to; a run may be stopped and get another plan until then': [
    ['beginning', 'committed', 'running', 'activate', 'take-snapshots', 'ask-again'],
    ['beginning', 'drain', 'stopping/stopped', 'stop'],
    ['beginning', 'end-input', 'stopping/stopped', 'stop'],
    ['beginning', 'replan', 'replacing', 'stop'],
  ],
  'while it runs the spouts are let emit and held as is asked for': [
    ['running', 'activate', 'running', 'activate'],
    ['running', 'deactivate', 'running', 'deactivate'],
  ],
  'exhausted spouts and nothing in flight: the bolts hear of the end, one after the other, and the run is completed': [
    ['running', 'exhausted', 'running', 'watch'],
    ['running', 'resumed', 'running', 'unwatch'],
    ['running', 'quiet', 'finishing', 'begin-end', 'tell-next'],
    ['finishing', 'ended', 'finishing', 'watch'],
    ['finishing', 'quiet', 'finishing', 'tell-next'],
    ['finishing', 'all-ended', 'committing', 'take-last'],
    ['committing', 'committed', 'stopping/completed', 'stop'],
  ],
  'a worker that is lost puts the end off': [
    ['running', 'lost', 'running', 'unwatch'],
    ['finishing', 'lost', 'running', 'unwatch'],
  ],
  'a drain waits until nothing is in flight, also where a worker is lost meanwhile, but not for ever': [
    ['running', 'drain', 'draining', 'drain', 'watch'],
    ['finishing', 'drain', 'draining', 'drain', 'watch'],
    ['draining', 'lost', 'draining', 'watch'],
    ['draining', 'quiet', 'committing-drained', 'take-last'],
    ['committing-drained', 'committed', 'stopping/drained', 'stop'],
    ['committing-drained', 'overdue', 'stopping/stopped', 'blame-drain', 'stop'],
    ['committing', 'drain', 'committing-drained'],
    ['draining', 'overdue', 'stopping/stopped', 'blame-drain', 'stop'],
  ],
  'where the input is to end as well the bolts hear of it when all is drained': [
    ['running', 'end-input', 'draining-input', 'drain', 'watch'],
    ['finishing', 'end-input', 'draining-input', 'drain', 'watch'],
    ['draining-input', 'lost', 'draining-input', 'watch'],
    ['draining-input', 'quiet', 'finishing-drained', 'begin-end', 'tell-next'],
    ['draining-input', 'overdue', 'stopping/stopped', 'blame-drain', 'stop'],
    ['finishing-drained', 'ended', 'finishing-drained', 'watch'],
    ['finishing-drained', 'quiet', 'finishing-drained', 'tell-next'],
    ['finishing-drained', 'all-ended', 'committing', 'take-last'],
    ['finishing-drained', 'lost', 'draining-input', 'watch'],
    ['finishing-drained', 'drain', 'draining', 'watch'],
    ['finishing-drained', 'overdue', 'stopping/stopped', 'blame-drain', 'stop'],
  ],
  'another plan: what is in flight finishes, or its time is up; all workers stop; then the new ones start': [
    ['running', 'replan', 'rebalancing', 'drain', 'watch'],
    ['rebalancing', 'lost', 'rebalancing', 'watch'],
    ['rebalancing', 'quiet', 'replacing', 'stop'],
    ['rebalancing', 'overdue', 'replacing', 'stop'],
    ['replacing', 'overdue', 'replacing', 'kill'],
    ['replacing', 'empty', 'starting', 'begin-plan'],
  ],
  'where a tuple is atomic, a loss ends all workers; they begin again when the snapshot to go on from is known': [
    ['rolling-back', 'empty', 'rolling-back', 'find-snapshot'],
    ['rolling-back', 'found', 'starting', 'begin-plan'],
    ['rolling-back', 'drain', 'stopping/stopped', 'kill'],
    ['rolling-back', 'end-input', 'stopping/stopped', 'kill'],
    ['rolling-back', 'roll-back', 'rolling-back'],
  ],
  'a run that is to end meanwhile does not start again': [
    ['rebalancing', 'drain', 'draining', 'watch'],
    ['rebalancing', 'end-input', 'draining-input', 'watch'],
    ['replacing', 'drain', 'stopping/stopped'],
    ['replacing', 'end-input', 'stopping/stopped'],
  ],
  'it is over when no worker lives; those that do not stop are killed, and what they find spoils the run': [
    ['stopping', 'empty', 'done', 'conclude'],
    ['stopping', 'overdue', 'stopping', 'kill'],
    ['stopping', 'stop-now', 'stopping', 'kill'],
    ['stopping', 'fail', 'stopping/failed'],
  ],
}

const PHASES = Object.keys(LIFE) as Phase[]
const EVENTS = [...new Set(PHASES.flatMap((phase) => Object.keys(LIFE[phase].on)))] as LifeEvent[]
/** Those that can end at once. */
const LIVING = PHASES.filter((phase) => phase !== 'stopping' && phase !== 'done')
const AT_ONCE = LIVING.flatMap((phase): Row[] => [
  [phase, 'fail', 'stopping/failed', 'stop'],
  [phase, 'stop-now', 'stopping/stopped', 'kill'],
  ...(phase === 'rolling-back' ? [] : [[phase, 'roll-back', 'rolling-back', 'unwatch', 'kill'] as const]),
])

function rowAt(phase: Phase, event: LifeEvent): Row | undefined {
  const step = transitionAt(phase, event)
  if (step === undefined) return undefined
  const to = step.ending === undefined ? step.to : (`${step.to}/${step.ending}` as Row[2])
  return [phase, event, to, ...step.actions]
}

for (const [title, rows] of Object.entries({
  ...TABLE,
  'a run can be ended at once, go back, and fail, at any time': AT_ONCE,
})) {
  test(title, (t) => {
    for (const row of rows) t.deepEqual(rowAt(row[0], row[1]), row)
  })
}

test('whatever stands in no row changes nothing', (t) => {
  const known = [...Object.values(TABLE).flat(), ...AT_ONCE].map(([phase, event]) => `${phase} ${event}`)
  for (const phase of PHASES) {
    for (const event of EVENTS)
      if (!known.includes(`${phase} ${event}`)) t.is(transitionAt(phase, event), undefined, `${phase} ${event}`)
  }
  t.deepEqual(LIFE.done.on, {})
})

test('whatever has happened, a run that is to end at once and whose workers end is over', (t) => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS)), fc.constantFrom<LifeEvent>('stop-now', 'fail'), (events, end) => {
      const phase = [...events, end, 'empty' as const].reduce<Phase>(
        (now, event) => transitionAt(now, event)?.to ?? now,
        'starting',
      )
      return phase === 'done'
    }),
  )
  t.pass()
})

test('every phase can be reached', (t) => {
  const reached = new Set<Phase>(['starting'])
  for (const phase of reached) for (const step of Object.values(LIFE[phase].on)) reached.add(step.to)
  t.deepEqual([...reached].sort(), [...PHASES].sort())
})
