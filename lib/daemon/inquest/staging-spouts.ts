/** How an inquest and the spout tasks whose roots are staged reach each other: by the workers in which they live. */
import type { FromWorker, ToWorker } from '../../messaging/control.ts'
import type { Plan } from '../../scheduler/plan.ts'
import { spoutTaskOf, type WorkerId } from '../../tuple/ids.ts'
import type { RunEvents } from '../report/events.ts'
import type { Roster } from '../workers/roster.ts'
import { poisonTuple } from './findings.ts'
import type { Inquest, InquestPorts } from './inquest.ts'

/** Tells an inquest what a worker says in it. */
export function hearWitness(
  inquest: Inquest,
  worker: WorkerId,
  message: Extract<FromWorker, { readonly type: 'staged' | 'sent' | 'settled' | 'condemned' | 'pong' }>,
): void {
  switch (message.type) {
    case 'staged':
      inquest.staged(message.task, message.roots)
      break
    case 'sent':
      inquest.sent(message.trial, message.lows)
      break
    case 'settled':
      inquest.settled(message.trial, message.cleared)
      break
    case 'condemned':
      inquest.condemned(message.task)
      break
    case 'pong':
      inquest.answered(worker, message.round)
      break
  }
}

/** Those ports of an inquest that tell workers something. */
export function toStagingSpouts(
  roster: Roster,
  events: RunEvents,
): Pick<
  InquestPorts,
  'workerCount' | 'areAllReady' | 'setTrials' | 'letGo' | 'goOn' | 'condemn' | 'condemnRoot' | 'ping'
> {
  const tell = (message: Extract<ToWorker<Plan>, { readonly task: number }>): void => {
    const known = roster.get(roster.plan.tasks[message.task - 1]!.worker)
    if (known !== undefined) roster.send(known, message)
  }
  return {
    workerCount: () => roster.plan.workers.length,
    areAllReady: () => roster.allReady,
    setTrials: (on) => roster.broadcast({ type: 'trials', on }),
    ping: (round) => roster.ask({ type: 'ping', round }),
    letGo: (task, trial, count) => tell({ type: 'let-go', task, trial, count }),
    goOn: (task, trial) => tell({ type: 'go-on', task, trial }),
    condemn(task, worker, names, how) {
      events.onProblem?.(poisonTuple(roster.plan, task, worker, how), worker)
      tell({ type: 'condemn', task, worker, names, how })
    },
    condemnRoot(root, { worker, how }) {
      const task = spoutTaskOf(root.high)
      const home = roster.plan.tasks[task - 1]?.worker
      if (home === undefined || home === worker || roster.get(home)?.link === undefined) return false
      events.onProblem?.(poisonTuple(roster.plan, task, worker, how), worker)
      tell({ type: 'condemn-root', task, worker, how, ...root })
      return true
    },
  }
}
