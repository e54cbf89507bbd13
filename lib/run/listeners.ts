/**
 * Who listens to a run. Any number may, from when they say so until they say no more.
 *
 * The promise: no listener changes the run or the program around it, or keeps another from hearing. What one throws, or
 * rejects with, is reported to all of them as a problem, once for each of its methods; where none of them takes
 * problems it is a warning of the process. Only `onOutput` sets a pace: that of its slowest listener.
 */
import type { RunEvents } from '../daemon/report/events.ts'
import { formatProblem } from '../errors/format.ts'
import { messageOf, type Problem, stackOf } from '../errors/typhoon-error.ts'
import { topmostUserPlace } from '../errors/user-places.ts'
import { call, checkOptions, type OptionTable } from '../shape/options.ts'
import { NIMBUS } from '../tuple/ids.ts'
import { isThenable } from '../util/thenable.ts'

/** The DRPC server of a run. */
export interface DrpcService {
  /** The address for clients over HTTP and WebSocket, such as `http://127.0.0.1:3774`. */
  readonly url: string
  /** Functions that the topology answers. */
  readonly functions: readonly string[]
  /** Made because the server can be reached from elsewhere and the configuration names none; it is not shown again. */
  readonly madeToken?: string
  /** @internal Where processes of other hosts ask, with a certificate; only where workers are elsewhere. */
  readonly elsewhere?: string | undefined
}

/** What a run tells its listeners, each as a method; all are optional. */
export interface RunListener extends Omit<RunEvents, 'onOutput'> {
  /**
   * A line that a worker wrote by itself. Where a promise is returned, what comes behind it is not read before that
   * settles.
   */
  onOutput?(...line: Parameters<Required<RunEvents>['onOutput']>): void | Promise<unknown>
  /** The functions of the topology can be asked for from now on; they are answered as soon as it runs. */
  onServing?(service: DrpcService): void
}

const LISTENER = {
  onStatus: call(),
  onLog: call(),
  onProblem: call(),
  onWorkerStarted: call(),
  onWorkerLost: call(),
  onSnapshot: call(),
  onOutput: call(),
  onServing: call(),
} satisfies OptionTable<RunListener>

type Name = keyof RunListener
type Listen<Event extends Name> = Required<RunListener>[Event]

/** Hands each event on to all who listen. */
export class Listeners implements Required<Omit<RunListener, 'onOutput'>>, Pick<Required<RunEvents>, 'onOutput'> {
  readonly #all = new Set<RunListener>()
  /** The methods of each that have failed, which was reported. */
  readonly #failed = new WeakMap<RunListener, Set<Name>>()

  /** @returns what ends it; the same listener twice is one @throws BAD_ARGUMENT */
  add(listener: RunListener): () => void {
    checkOptions('listener of a run', known(listener), LISTENER, 'BAD_ARGUMENT')
    this.#all.add(listener)
    return () => void this.#all.delete(listener)
  }

  readonly onStatus = this.#toAll('onStatus')
  readonly onLog = this.#toAll('onLog')
  readonly onProblem = this.#toAll('onProblem')
  readonly onWorkerStarted = this.#toAll('onWorkerStarted')
  readonly onWorkerLost = this.#toAll('onWorkerLost')
  readonly onSnapshot = this.#toAll('onSnapshot')
  readonly onServing = this.#toAll('onServing')

  onOutput(...event: Parameters<Listen<'onOutput'>>): Promise<void> | undefined {
    const paces = this.#tell('onOutput', event).filter((pace) => pace !== undefined)
    return paces.length === 0 ? undefined : Promise.all(paces).then(() => {})
  }

  #toAll<Event extends Name>(name: Event): (...event: Parameters<Listen<Event>>) => void {
    return (...event) => void this.#tell(name, event)
  }

  /** @returns for each listener when it has taken the event; undefined where it has already */
  #tell<Event extends Name>(name: Event, event: Parameters<Listen<Event>>): (Promise<unknown> | undefined)[] {
    return [...this.#all].map((listener) => {
      try {
        const told = (listener[name] as ((...event: unknown[]) => unknown) | undefined)?.call(listener, ...event)
        if (!isThenable(told)) return undefined
        // One of another library may have no more than `then`.
        return Promise.resolve(told).catch((error) => this.#report(listener, name, error))
      } catch (error) {
        this.#report(listener, name, error)
        return undefined
      }
    })
  }

  #report(listener: RunListener, name: Name, error: unknown): void {
    const failed = this.#failed.get(listener) ?? new Set()
    this.#failed.set(listener, failed)
    if (failed.has(name)) return
    failed.add(name)
    const problem = failure(name, error)
    // One that fails at problems is not asked to take another.
    const takesProblems = [...this.#all].some((one) => one.onProblem !== undefined)
    if (name !== 'onProblem' && takesProblems) this.onProblem(problem, NIMBUS, stackOf(error))
    else process.emitWarning(formatProblem(problem), { code: problem.code })
  }
}

function failure(name: Name, error: unknown): Problem {
  const place = error instanceof Error ? topmostUserPlace(error.stack) : undefined
  return {
    code: 'LISTENER_FAILED',
    message: `${name} of a listener threw: ${messageOf(error)}`,
    where: { ...place },
    hint: 'the run goes on, and it is not reported again; catch it in the listener',
  }
}

/** The methods of an object, which may be one of a class; whatever else it has is its own. */
function known(listener: RunListener): RunListener {
  if (typeof listener !== 'object' || listener === null) return listener
  const names = Object.keys(listener).filter((name) => name.startsWith('on'))
  return Object.fromEntries(names.map((name) => [name, listener[name as Name]]))
}
