/**
 * The tuples of a task that have failed where a tuple is atomic: each is tried again after a while, which grows with
 * its failures, and given up after so many. What is given up is reported and becomes a letter, and its task goes on
 * without it.
 */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { TaskStates } from '../../state/task-states.ts'
import { isPermanent } from '../../topology/component/failure/permanent-error.ts'
import type { HostedBolt } from '../../topology/component/hosting/hosted-bolt.ts'
import type { Tuple } from '../../tuple/tuple.ts'
import { backOff } from '../../util/time/back-off.ts'
import { type LetterRoute, letterOf, postLetter } from '../task/dead-letters.ts'
import { problemIn } from '../task/executor.ts'
import type { TaskParts } from '../task/task-parts.ts'
import { isRuntimes, nameOf } from './runtime-tuples.ts'
import { Waiting } from './waiting.ts'
import type { WriteScope } from './write-scope.ts'

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 10_000

/** Whose attempts they are. */
export interface AttemptsOwner {
  readonly bolt: HostedBolt
  readonly states: TaskStates
  readonly scope: WriteScope
  /** Where what is given up goes; undefined: nowhere. */
  readonly letters: LetterRoute | undefined
}

/** Iterates over what waits for another attempt. */
export class Attempts implements Iterable<Tuple> {
  readonly #owner: AttemptsOwner
  readonly #parts: TaskParts
  readonly #most: number
  readonly #mostWaiting: number
  readonly #waiting = new Waiting()
  /** How often each has failed, until it succeeds or is given up. */
  readonly #failures = new Map<Tuple, number>()

  constructor(owner: AttemptsOwner, parts: TaskParts) {
    this.#owner = owner
    this.#parts = parts
    this.#most = parts.context.config['topology.tuple.max.attempts']
    this.#mostWaiting = parts.context.config['topology.executor.receive.buffer.size']
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** Hot. Whether as many wait as an inbox holds. */
  get isFull(): boolean {
    return this.#waiting.size >= this.#mostWaiting
  }

  /** Hot. The one to be tried again now, which waits no longer; undefined: none is. */
  takeDue(): Tuple | undefined {
    return this.#waiting.size === 0 ? undefined : this.#takeDue()
  }

  /** Whether it has failed, and is to be tried again or being tried. */
  has(tuple: Tuple): boolean {
    return this.#failures.has(tuple)
  }

  /** Hot. */
  succeeded(tuple: Tuple): void {
    if (this.#failures.size > 0) this.#failures.delete(tuple)
  }

  /** It is tried again, or given up. */
  failed(tuple: Tuple, error: unknown): void {
    const failures = (this.#failures.get(tuple) ?? 0) + 1
    if (failures >= this.#most || isPermanent(error)) {
      this.#failures.delete(tuple)
      this.giveUp(tuple, failures, error)
      return
    }
    this.#failures.set(tuple, failures)
    const { ports } = this.#parts
    const delayMs = backOff(failures, FIRST_RETRY_MS, LONGEST_RETRY_MS, ports.random.next())
    this.#waiting.add(tuple, ports.clock.now() + delayMs)
    ports.clock.after(delayMs, () => ports.wake())
  }

  /** @param failures how often it was tried @param error of the last attempt */
  giveUp(tuple: Tuple, failures: number, error: unknown): void {
    const { context, emitter, ports } = this.#parts
    const { component } = context
    const cause = problemIn(context, error, 'EXECUTE_FAILED')
    const known = cause.code === 'EXECUTE_FAILED' ? '' : ` (${cause.code})`
    const what = isRuntimes(tuple) ? nameOf(tuple) : `a tuple of "${tuple.sourceComponent}"`
    if (isRuntimes(tuple)) this.#leave(tuple)
    const { letters } = this.#owner
    if (letters !== undefined) postLetter(letters, emitter, letterOf(context, tuple, failures, error))
    const often = failures === 1 ? 'once' : `${failures} times`
    const tried = `"${component}" has failed ${often} with ${what}, and leaves it out`
    const problem: Problem = {
      code: 'TUPLE_GIVEN_UP',
      message: `${tried}: ${cause.message}${known}`,
      where: cause.where,
      hint: 'it is among the dead letters when the next snapshot is complete',
    }
    // With the error, whose stack says where in the user's code it was thrown.
    ports.report(problem, error)
  }

  [Symbol.iterator](): Iterator<Tuple> {
    return this.#waiting[Symbol.iterator]()
  }

  #takeDue(): Tuple | undefined {
    const now = this.#parts.ports.clock.now()
    for (;;) {
      const tuple = this.#waiting.takeDue(now)
      if (tuple === undefined || !isRuntimes(tuple) || !this.#owner.bolt.postpone(tuple)) return tuple
      this.#failures.delete(tuple)
    }
  }

  /** It is gone, also where the bolt throws when it hears of that. */
  #leave(tuple: Tuple): void {
    const { bolt, states, scope } = this.#owner
    scope.aside(() => bolt.leave(tuple))
    states.keep()
    try {
      scope.aside(() => bolt.givenUp(tuple))
      states.keep()
    } catch (error) {
      states.undo()
      const { context, ports } = this.#parts
      ports.report(problemIn(context, error, 'EXECUTE_FAILED'), error)
    }
  }
}
