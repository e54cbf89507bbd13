/** Why a topology of a service does not do what it is asked for. */
import { type Problem, TyphoonError } from '../../errors/typhoon-error.ts'

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
