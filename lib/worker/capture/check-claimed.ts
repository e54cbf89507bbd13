/** What a snapshot holds, and no component takes over, would be lost with the next snapshot. */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { ResolvedConfig } from '../../topology/config/config.ts'
import type { TaskId } from '../../tuple/ids.ts'
import { isSystemId } from '../../tuple/system-ids.ts'
import { plural } from '../../words/plural.ts'
import type { Executors } from '../tasks/build/build-executors.ts'

/** To be called when all components of a worker are prepared. @throws STATE_DROPPED */
export function checkClaimed(contexts: Executors['contexts']): void {
  for (const [task, { component, states, config }] of contexts) {
    // Timers are the state of something that has one of its own, as a rule: that is what its user knows.
    const found = [...states.unclaimed()].sort((a, b) => Number(isSystemId(a.name)) - Number(isSystemId(b.name)))
    for (const { name, keys, difference } of found) {
      const what =
        difference === ''
          ? `"${component}" has not asked for its state "${name}"`
          : `the state "${name}" of "${component}" was written by other settings (${difference})`
      throw new TyphoonError('STATE_DROPPED', `${what}; the snapshot holds ${plural(keys, 'key')} of it in this task`, {
        where: { component, task: task as TaskId },
        hint:
          difference === ''
            ? `${missingHint(config['topology.guarantee'])}, or leave it behind with --allow-dropped-state`
            : 'run it with the settings as they were, or leave it behind with --allow-dropped-state',
      })
    }
  }
}

function missingHint(guarantee: ResolvedConfig['topology.guarantee']): string {
  if (guarantee === 'exactly-once') return 'ask for it in prepare or open, by the same name'
  return `states are taken over with topology.guarantee: exactly-once alone, and it is ${guarantee} now: set it back`
}
