/** How an inquest reaches the spout tasks whose roots are staged: by the workers in which they live. */
import type { ToWorker } from '../../messaging/control.ts'
import type { Plan } from '../../scheduler/plan.ts'
import { spoutTaskOf } from '../../tuple/ids.ts'
import type { RunEvents } from '../events.ts'
import { poisonTuple } from '../problems.ts'
import type { Roster } from '../roster.ts'
import type { InquestPorts } from './inquest.ts'

/** Those ports of an inquest that tell workers something. */
export function toStagingSpouts(
  plan: Plan,
  roster: Roster,
  events: RunEvents,
): Pick<InquestPorts, 'areAllReady' | 'setTrials' | 'letGo' | 'goOn' | 'condemn' | 'condemnRoot' | 'ping'> {
  const tell = (message: Extract<ToWorker<Plan>, { readonly task: number }>): void => {
    const known = roster.get(plan.tasks[message.task - 1]!.worker)
    if (known !== undefined) roster.send(known, message)
  }
  return {
    areAllReady: () => roster.allReady,
    setTrials: (on) => roster.broadcast({ type: 'trials', on }),
    ping: (round) => roster.ask({ type: 'ping', round }),
    letGo: (task, trial, count) => tell({ type: 'let-go', task, trial, count }),
    goOn: (task, trial) => tell({ type: 'go-on', task, trial }),
    condemn(task, worker, names, how) {
      events.onProblem?.(poisonTuple(plan, task, worker, how), worker)
      tell({ type: 'condemn', task, worker, names, how })
    },
    condemnRoot(root, { worker, how }) {
      const task = spoutTaskOf(root.high)
      const home = plan.tasks[task - 1]?.worker
      if (home === undefined || home === worker || roster.get(home)?.link === undefined) return false
      events.onProblem?.(poisonTuple(plan, task, worker, how), worker)
      tell({ type: 'condemn-root', task, worker, how, ...root })
      return true
    },
  }
}
