/** The port through which a supervisor starts workers: real processes, or simulated ones. */
import type { Incarnation, WorkerId } from '../tuple/ids.ts'

/** How a worker ended. */
export interface WorkerExit {
  /** In words: `exit code 1`, `signal SIGKILL`. */
  readonly how: string
  /** The last lines that it wrote to stderr. */
  readonly lastWords: readonly string[]
}

/** A worker that was started. */
export interface WorkerHandle {
  /** Ends it at once, without a chance to say anything. */
  kill(): void
}

export interface Launcher {
  /** @param nimbus the address to dial @param onExit called once, whatever happened */
  launch(worker: WorkerId, incarnation: Incarnation, nimbus: string, onExit: (exit: WorkerExit) => void): WorkerHandle
}
