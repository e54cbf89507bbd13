/**
 * Problems that come again: of one kind (the same code, component and place) the first is told at once, then one now
 * and then, later and later, with how many were left out; the end tells the rest. So a run that fails in one way a
 * million times says so in a dozen blocks, whichever of its workers it is in.
 */
import type { Problem } from '../../errors/typhoon-error.ts'

const FIRST_WAIT_MS = 10_000
const MAX_WAIT_MS = 600_000
/** Of more kinds at a time the oldest is forgotten. */
const MOST_KINDS = 1000

interface Kind {
  /** The latest that was left out. */
  problem: Problem
  leftOut: number
  waitMs: number
  nextAt: number
}

export class Repeats {
  readonly #kinds = new Map<string, Kind>()

  /**
   * @param times how often it has come @param now milliseconds of any clock that does not go backwards
   * @returns what is to be told now; undefined where nothing is
   */
  add(problem: Problem, times: number, now: number): Problem | undefined {
    const key = kindOf(problem)
    const kind = this.#kinds.get(key)
    if (kind === undefined) {
      this.#kinds.set(key, { problem, leftOut: 0, waitMs: FIRST_WAIT_MS, nextAt: now + FIRST_WAIT_MS })
      if (this.#kinds.size > MOST_KINDS) for (const [oldest] of [...this.#kinds].slice(0, 1)) this.#kinds.delete(oldest)
      return times > 1 ? counted(problem, times) : problem
    }
    kind.problem = problem
    kind.leftOut += times
    if (now < kind.nextAt) return undefined
    kind.waitMs = Math.min(MAX_WAIT_MS, kind.waitMs * 2)
    kind.nextAt = now + kind.waitMs
    return this.#take(kind)
  }

  /** What was left out and not told yet. */
  rest(): Problem[] {
    return [...this.#kinds.values()].filter(({ leftOut }) => leftOut > 0).map((kind) => this.#take(kind))
  }

  #take(kind: Kind): Problem {
    const { problem, leftOut } = kind
    kind.leftOut = 0
    return counted(problem, leftOut)
  }
}

function counted(problem: Problem, times: number): Problem {
  return { ...problem, message: `${times === 1 ? 'once' : `${times} times`} more: ${problem.message}` }
}

function kindOf({ code, message, where: { component, file, line, column } }: Problem): string {
  return JSON.stringify([code, component, file === undefined ? message : [file, line, column]])
}
