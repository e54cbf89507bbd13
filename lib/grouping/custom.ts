/**
 * Custom grouping: the user's choice, any number of the target tasks. What comes back is checked, as a tuple for a task
 * that does not subscribe would be lost, or worse, be executed by a component that never asked for it.
 */
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { CustomStreamGrouping } from '../topology/component/definition.ts'
import type { TaskId } from '../tuple/ids.ts'
import type { Grouping, GroupingPorts } from './grouping.ts'

export class CustomGrouping implements Grouping {
  readonly #custom: CustomStreamGrouping
  readonly #ports: GroupingPorts
  readonly #targets: ReadonlySet<TaskId>

  /** Prepares the user's grouping, once; what that throws is thrown on. */
  constructor(custom: CustomStreamGrouping, ports: GroupingPorts) {
    const { component, stream, fields, task, targets, random } = ports
    this.#custom = custom
    this.#ports = ports
    this.#targets = new Set(targets)
    custom.prepare?.({ component, stream, fields: fields.names, task, targets, random: () => random.next() })
  }

  /** @throws WRONG_TARGET where the result is not a list of target tasks. */
  choose(values: readonly unknown[]): readonly TaskId[] {
    const tasks: unknown = this.#custom.chooseTasks(this.#ports.task, values)
    if (!Array.isArray(tasks)) throw this.#wrong(`must return a list of tasks, not ${describe(tasks)}`)
    for (let i = 0; i < tasks.length; i++) {
      if (!this.#targets.has(tasks[i]))
        throw this.#wrong(`chooses ${describe(tasks[i])}, which is not one of its target tasks`)
    }
    return tasks
  }

  #wrong(what: string): TyphoonError {
    const { component, stream, task, targets } = this.#ports
    return new TyphoonError('WRONG_TARGET', `the custom grouping of the stream "${stream}" of "${component}" ${what}`, {
      where: { component, stream, task },
      hint: `the target tasks are ${targets.join(', ')}`,
    })
  }
}

function describe(value: unknown): string {
  return typeof value === 'number' ? `task ${value}` : value === null ? 'null' : `a value of type ${typeof value}`
}
