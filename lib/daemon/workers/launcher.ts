/** The port through which a supervisor starts workers: real processes, or simulated ones. */
import type { Problem } from '../../errors/typhoon-error.ts'
import type { Blocked, InHand, TaskCounts } from '../../messaging/control.ts'
import type { Incarnation, WorkerId } from '../../tuple/ids.ts'

/** How a worker ended. */
export interface WorkerExit {
  /** A description: `exit code 1`, `signal SIGKILL`. */
  readonly how: string
  /** The last lines that it wrote to stderr. */
  readonly lastWords: readonly string[]
  /** What a component has done that ended it, where the worker could say so. */
  readonly problem?: Problem
  /** Where it has done that. */
  readonly stack?: string
  /** What its tasks had counted, where it could say so. */
  readonly tasks?: readonly TaskCounts[]
  /** Its own watching thread has ended it, for its event loop was blocked: no chance from outside. */
  readonly wasBlocked?: boolean
  /** What Node.js has said of an option, or of a module that one names, and so has not begun at all: it never will. */
  readonly badOption?: string
  /** A signal has ended it; who sent it is not known. */
  readonly bySignal?: boolean
  /** Its host was lost, or is to be left: the worker has done nothing, and begins elsewhere at once. */
  readonly ofHost?: boolean
}

/** How a worker ended, and what a component did to it, in one line. */
export function describeExit({ how, problem }: WorkerExit): string {
  if (problem === undefined) return how
  const { file, line, column } = problem.where
  const place = file === undefined ? '' : ` (at ${[file, line, column].filter((part) => part !== undefined).join(':')})`
  return `${how}: ${problem.message}${place}`
}

/** A worker that was started. */
export interface WorkerHandle {
  /** Ends it at once, without a chance to say anything. */
  kill(): void
  /**
   * It goes over to another nimbus; left out where it ends with its own.
   * @param resources those of the run that are others with it
   */
  follow?(nimbus: string, resources: Readonly<Record<string, unknown>>): void
}

/** What a launcher tells of a worker. */
export interface WorkerEvents {
  /** Called once, whatever happened. */
  onExit(exit: WorkerExit): void
  /** Its event loop is blocked. */
  onBlocked(blocked: Blocked): void
  /** What it executes, or has executed; only where it was asked to say so. */
  onHand(hand: InHand): void
}

export interface Launcher {
  /** @param nimbus the address to dial */
  launch(worker: WorkerId, incarnation: Incarnation, nimbus: string, events: WorkerEvents): WorkerHandle
  /** Takes over a worker that lives, and lets it go over to this nimbus; left out where none can outlive theirs. */
  adopt?(worker: WorkerId, incarnation: Incarnation, nimbus: string, events: WorkerEvents): WorkerHandle
  /**
   * Settles when somebody has taken all that the workers that are dead have written; left out where workers write
   * nothing.
   */
  outputTaken?(): Promise<void>
}
