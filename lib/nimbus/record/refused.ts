/** Why a topology of a service does not do what it is asked for. */
import { DefinitionError, type Problem, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'

/** Nothing begins any more. */
export function stopping(): TyphoonError {
  return new TyphoonError('SERVICE_STOPPING', 'the service is stopping')
}

/** It is about to be gone. @param name of the topology */
export function killed(name: string): TyphoonError {
  return new TyphoonError('TOPOLOGY_UNKNOWN', `"${name}" is being killed`)
}

/** Its input has ended. @param name of the topology */
export function completed(name: string): TyphoonError {
  return new TyphoonError('TOPOLOGY_BUSY', `the input of "${name}" has ended: there is nothing to emit`, {
    hint: 'kill it, or update it: then it runs again',
  })
}

/** Of a run that has failed without a word. */
export const NO_REASON: Problem = { code: 'INTERNAL', message: 'its run has failed, and does not say why', where: {} }

/** What becomes of a topology that was to go on with other code, or in another size, and could not. */
export type AsBefore =
  /** The old run was not touched. */
  | 'goes on'
  /** It was ended, and what was before runs again. */
  | 'runs again'
  /** It does not run: it is tried again, later and later. */
  | 'is tried again'

const NOW: Readonly<Record<AsBefore, (name: string) => string>> = {
  'goes on': () => 'goes on as it was',
  'runs again': () => 'runs again as it was',
  'is tried again': (name) => `does not run as it was, either, and is tried again: see typhoon status ${name}`,
}

/**
 * A change that did not come about: with the code and the place of what hindered it.
 * @param name of the topology
 * @returns what says as well what the topology does now, and what to do
 */
export function notReplaced(name: string, error: unknown, before: AsBefore): TyphoonError {
  const advice = `"${name}" ${NOW[before](name)}; correct this, and ask for the change again`
  const hintOf = ({ hint }: Problem): string => (hint === undefined ? advice : `${hint}. ${advice}`)
  if (error instanceof DefinitionError) {
    const last = error.problems.at(-1)!
    return new DefinitionError([...error.problems.slice(0, -1), { ...last, hint: hintOf(last) }], error)
  }
  const problem = toProblem(error)
  const message = before === 'goes on' ? problem.message : `"${name}" cannot begin so: ${problem.message}`
  return new TyphoonError(problem.code, message, { where: problem.where, hint: hintOf(problem), cause: error })
}
