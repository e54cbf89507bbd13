/**
 * What a component has thrown, as it is reported: with its place, and with the stack of the error that the user knows.
 */
import { TyphoonError, toProblem } from '../../errors/typhoon-error.ts'

const LONGEST_STACK = 16_000

/** Adds the component and the task that threw the error. */
export function withPlace(error: unknown, component: string, task: number): TyphoonError {
  const problem = toProblem(error, 'COMPONENT_FAILED', { component, task })
  return new TyphoonError(problem.code, problem.message, {
    where: problem.where,
    cause: error,
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
  })
}

/** The user's error, where it was wrapped. */
export function causeOf(error: unknown): unknown {
  return error instanceof TyphoonError && error.cause instanceof Error ? error.cause : error
}

/** The stack of the user's error, cut where it is very long. */
export function userStack(error: unknown): { stack?: string } {
  const cause = causeOf(error)
  return cause instanceof Error && cause.stack !== undefined ? { stack: cause.stack.slice(0, LONGEST_STACK) } : {}
}
