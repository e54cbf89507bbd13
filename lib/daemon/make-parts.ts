/** Makes the parts of a run, and lets each hear of the others what it is to hear. */
import type { ToWorker } from '../messaging/control.ts'
import { type Plan, workerIds } from '../scheduler/plan.ts'
import { resolveConfig } from '../topology/config/config.ts'
import { maskOf } from '../topology/config/trace-sample.ts'
import type { TaskId } from '../tuple/ids.ts'
import { Timers } from '../util/time/timers.ts'
import { FailingSinks } from './failing-sinks.ts'
import { FollowedRoots } from './followed-roots.ts'
import { Inquest } from './inquest/inquest.ts'
import { toStagingSpouts } from './inquest/staging-spouts.ts'
import { EndOfInput } from './life/end-of-input.ts'
import { type Actions, LifeCycle } from './life/life-cycle.ts'
import { Quiescence } from './life/quiescence.ts'
import { LogLevels } from './log-levels.ts'
import { workerBlocked, workerDied, workerLeft } from './losses.ts'
import { Profiles } from './profiles.ts'
import { makeRecovery, makeRounds } from './recovery.ts'
import { LateTuples } from './report/late-tuples.ts'
import { RunTotals } from './report/report.ts'
import type { RunParts, RunSide } from './run-parts.ts'
import type { RunPorts, Submission } from './submission.ts'
import { Taps } from './taps.ts'
import { Roster } from './workers/roster.ts'
import { Silence } from './workers/silence.ts'
import { Supervisor } from './workers/supervisor.ts'

/** @param actions what the run does at each step of its life; none is called before a part is asked for something */
export function makeParts(submission: Submission, ports: RunPorts, actions: Actions, run: RunSide): RunParts {
  const { plan, source } = submission
  const { clock, launcher, events } = ports
  const config = resolveConfig(plan.topology.config)
  const timers = new Timers(clock)
  const totals = new RunTotals(plan)
  const roster = new Roster(plan)
  const lateTuples = new LateTuples(roster, totals, events)
  const failingSinks = new FailingSinks(clock, config['topology.error.throttle.interval.secs'] * 1000)
  const checkpoints = new Map<TaskId, unknown>()
  const life = new LifeCycle(actions, (status) => events.onStatus?.(status))
  const silence: Silence = new Silence({
    clock,
    config,
    onChange: () => roster.tellSilent(silence),
    onProblem: (problem, worker) => events.onProblem?.(problem, worker),
    end: (worker) => supervisor.kill(worker),
  })
  const supervisor: Supervisor = new Supervisor({
    clock,
    launcher,
    config,
    onStarted(worker, incarnation) {
      roster.started(worker, incarnation)
      silence.expect(worker)
      events.onWorkerStarted?.(worker, incarnation)
    },
    onAdopted(worker, incarnation) {
      roster.started(worker, incarnation, true)
      silence.expect(worker)
    },
    onBlocked: (worker, blocked) => workerBlocked(parts, worker, blocked),
    onHand: (worker, hand) => recovery?.search.heard(worker, hand),
    onDied: (...death) => workerDied(parts, ...death),
    onLeft(worker, exit) {
      workerLeft(parts, worker, exit)
      run.onLeft()
    },
  })
  const quiescence = new Quiescence({
    clock,
    ask: (round) => roster.ask({ type: 'probe', round }),
    onQuiet: run.onQuiet,
  })
  const inquest = new Inquest({
    now: () => clock.now(),
    after: timers.after,
    onProgress: () => supervisor.forgive(),
    anyAcked: () => totals.anyAcked,
    ...toStagingSpouts(roster, events),
  })
  const rounds = makeRounds(submission, ports, life, roster, run.fail)
  const forRecovery = { life, timers, clock, roster, totals, supervisor, events, checkpoints, fail: run.fail }
  const recovery = makeRecovery(plan, rounds, forRecovery)
  const endOfInput = new EndOfInput()
  const logLevels = new LogLevels(timers, (levels) => roster.broadcast({ type: 'log-levels', levels }))
  logLevels.set(submission.logLevels ?? [])
  const taps = new Taps((taps) => roster.broadcast({ type: 'taps', taps }))
  const followed = new FollowedRoots(maskOf(config['topology.trace.sample']), {
    after: timers.after,
    workers: () => ({ all: workerIds(roster.plan), linked: roster.assigned }),
    tell: (message) => roster.broadcast(message as ToWorker<Plan>),
  })
  const profiles = new Profiles((worker, message) => roster.tell(worker, message as ToWorker<Plan>))
  const ofWorkers = { roster, supervisor, silence, quiescence, logLevels, taps, followed, profiles }
  const made = { config, source, events, timers, totals, lateTuples, failingSinks, life, endOfInput, ...ofWorkers }
  const parts: RunParts = { ...run, ...made, inquest, checkpoints, rounds, recovery }
  return parts
}
