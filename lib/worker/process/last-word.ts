/**
 * What a worker process says of its end where a component has ended it: by `process.exit`, or by an error that nobody
 * caught. It goes to the nimbus as a line on the lifeline, for nothing else leaves at once. Whose turn it was is known
 * within a turn, and within a timer of the task's context; elsewhere the stack may show a class that one component
 * alone is made of.
 */
import { type Problem, toProblem } from '../../errors/typhoon-error.ts'
import type { ComponentId, TaskId } from '../../tuple/ids.ts'
import { withPlaceOfThrow } from '../report/place-of-throw.ts'

/** `at async SplitBolt.execute (…`, `at new SplitBolt (…` */
const CLASS = /^\s+at (?:async |new )*([\w$]+)[. ]/gm

/** What is known of a worker when it ends. */
export interface Scene {
  /** The task whose turn it is; 0: none. */
  readonly turn: TaskId
  /** The components of all tasks, from task 1 up. */
  readonly components: readonly ComponentId[]
  /** The name of the class of each component that lives here. */
  readonly classes: ReadonlyMap<ComponentId, string>
}

/**
 * @param error with the stack of the place that ended it
 * @param how `called process.exit(1)`, what is said of the component that did
 */
export function lastWord(error: Error, how: string, { turn, components, classes }: Scene): Problem {
  const component = turn === 0 ? componentIn(error.stack ?? '', classes) : components[turn - 1]
  const known = component === undefined ? {} : { component }
  const names = [...classes.keys()].map((id) => `"${id}"`).join(', ')
  const who = component === undefined ? `a timer or a promise of one of ${names || 'its modules'}` : `"${component}"`
  const problem: Problem = {
    ...toProblem(error, 'COMPONENT_FAILED', { ...known, ...(turn === 0 ? {} : { task: turn }) }),
    code: 'COMPONENT_FAILED',
    message: `${who} ${how}`,
  }
  return withPlaceOfThrow(problem, error)
}

/** The component in whose code the topmost frame of a stack is that tells one. */
function componentIn(stack: string, classes: ReadonlyMap<ComponentId, string>): ComponentId | undefined {
  for (const [, name] of stack.matchAll(CLASS)) {
    const possible = [...classes].filter(([, own]) => own === name)
    if (possible.length === 1) return possible[0]![0]
  }
  return undefined
}
