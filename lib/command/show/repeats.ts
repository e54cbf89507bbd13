/**
 * Problems that come again: of one kind the first is shown at once, then one now and then, later and later, with how
 * many have come since; the end shows the rest. So a run that fails in one way a million times says so in a dozen
 * blocks, whichever of its workers it is in.
 */

import { kindOf, ofSeveralKinds, type Problem, wordsOf } from '../../errors/typhoon-error.ts'
import { Throttle, type Told } from '../../util/time/throttle.ts'
import { times } from '../../words/plural.ts'

const LIMITS = { most: 1, intervalMs: 10_000, maxIntervalMs: 600_000, mostKinds: 1000 }

export class Repeats {
  readonly #throttle = new Throttle<Problem>(LIMITS)

  /**
   * @param times how often it has come
   * @param now milliseconds of any clock that does not go backwards
   * @returns what is to be shown now; undefined if nothing is
   */
  add(problem: Problem, times: number, now: number): Problem | undefined {
    const told = this.#throttle.add(kindOf(problem), problem, now, times)
    return told?.times === 1 ? told.latest : told && counted(told)
  }

  /** What was left out and not shown yet. @param last is left out where it has come once */
  rest(last?: Problem): Problem[] {
    const ends = last && wordsOf(last)
    return this.#throttle
      .rest()
      .flatMap((told) => (told.times === 1 && wordsOf(told.latest) === ends ? [] : counted(told)))
  }
}

function counted({ latest, times: number, isMixed }: Told<Problem>): Problem {
  if (isMixed) return ofSeveralKinds(latest, number)
  return { ...latest, message: `${times(number)} more: ${latest.message}` }
}
