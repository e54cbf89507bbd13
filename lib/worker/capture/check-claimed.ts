/** What a snapshot holds, and no component has asked for, would be lost with the next snapshot. */
import { plural } from '../../errors/plural.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { TaskId } from '../../tuple/ids.ts'
import type { Executors } from '../tasks/build/build-executors.ts'

/** To be called when all components of a worker are prepared. @throws STATE_DROPPED */
export function checkClaimed(contexts: Executors['contexts']): void {
  for (const [task, { component, states }] of contexts) {
    for (const [name, keys] of states.unclaimed()) {
      const what = `"${component}" has not asked for its state "${name}", of which the snapshot holds ${plural(keys, 'key')} in this task`
      throw new TyphoonError('STATE_DROPPED', what, {
        where: { component, task: task as TaskId },
        hint: 'ask for it in prepare or open, by the same name, or leave it behind with --allow-dropped-state',
      })
    }
  }
}
