/**
 * Whether the counts of a run add up that has come to its end. The law: every root was acked, failed for good, or
 * became a dead letter, and no batch is left for the next run.
 */

import type { Problem } from '../../errors/typhoon-error.ts'
import type { Plan } from '../../scheduler/plan.ts'
import { ACKED, FAILED, ROOTS } from '../../stats/counters.ts'
import type { ComponentTotals } from '../../stats/snapshot.ts'
import type { ComponentId } from '../../tuple/ids.ts'
import { LEFT_COUNTER, WAITING_COUNTER } from '../../tuple/system-ids.ts'
import { plural } from '../../words/plural.ts'

/** @param hasLost a worker has died: what it had counted since its last report is not known */
export function findImbalance(
  totals: ReadonlyMap<ComponentId, ComponentTotals>,
  { topology }: Plan,
  hasLost: boolean,
): Problem | undefined {
  for (const [component, { counters, named }] of totals) {
    const left = named[LEFT_COUNTER] ?? 0
    if (left > 0) return batchesLeft(component, left)
    if (topology.components[component]!.kind !== 'spout') continue
    const [emitted, acked, failed, waiting] = [counters[ROOTS]!, counters[ACKED]!, counters[FAILED]!, waitingIn(named)]
    const addsUp = hasLost || emitted === acked + failed
    if (!addsUp || waiting !== 0) return countsDiffer(component, { emitted, acked, failed, waiting })
  }
  return undefined
}

/** Roots that have failed and that their spout keeps: for a replay, or for the dead letters. */
export function waitingIn(named: ComponentTotals['named']): number {
  return named[WAITING_COUNTER] ?? 0
}

/** Batches could not be committed before the run had to end. */
function batchesLeft(component: ComponentId, batches: number): Problem {
  return {
    code: 'BATCHES_LEFT',
    message: `${plural(batches, 'batch')} of "${component}" could not be committed before the end; nothing is lost, the next run begins there`,
    where: { component },
    hint: 'the warnings before this say why they failed; mend that and start the topology again',
  }
}

/** What became of the roots of a component. */
interface RootCounts {
  readonly emitted: number
  readonly acked: number
  readonly failed: number
  /** The failed roots that their spout keeps. */
  readonly waiting: number
}

/** Roots were forgotten, or counted twice. */
function countsDiffer(component: ComponentId, { emitted, acked, failed, waiting }: RootCounts): Problem {
  const kept = waiting === 0 ? '' : `, and ${waiting} of those that failed wait for their replay or their dead letter`
  return {
    code: 'COUNTS_DIFFER',
    message: `of ${plural(emitted, 'root')} of "${component}" ${acked} were acked and ${failed} failed${kept}`,
    where: { component },
    hint: 'the run has ended before all was done: the log above may say why; if it does not, this is a defect of Typhoon: please report it',
  }
}
