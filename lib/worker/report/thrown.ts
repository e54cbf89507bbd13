/**
 * What a component has thrown, as it is reported: with its place, and with the stack of the error that the user knows.
 */
import { TyphoonError, toProblem } from '../../errors/typhoon-error.ts'

const LONGEST_STACK = 16_000

/**
 * Adds the component and the task that threw the error.
 * @param method of the component that threw it; what is a TyphoonError says by itself what was being done
 */
export function withPlace(error: unknown, component: string, task: number, method?: string): TyphoonError {
  const problem = toProblem(error, 'COMPONENT_FAILED', { component, task })
  const called = method === undefined || error instanceof TyphoonError ? '' : `${method} threw: `
  return new TyphoonError(problem.code, `${called}${problem.message}`, {
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
