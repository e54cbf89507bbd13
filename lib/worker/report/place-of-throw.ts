/** Where in the user's code an error was thrown: the topmost place of its stack that is the user's own. */
import type { Problem } from '../../errors/typhoon-error.ts'
import { topmostUserPlace } from '../../errors/user-places.ts'

/** The problem with file, line and column of the throw, where the stack shows them and nothing better is known. */
export function withPlaceOfThrow(problem: Problem, error: unknown): Problem {
  if (problem.where.file !== undefined || !(error instanceof Error)) return problem
  const place = topmostUserPlace(error.stack)
  return place === undefined ? problem : { ...problem, where: { ...problem.where, ...place } }
}
