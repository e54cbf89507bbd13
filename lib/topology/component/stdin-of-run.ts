/** The stdin of a run, as a worker of it has it: the resource `STDIN_RESOURCE`. */
export interface StdinOfRun {
  /** The descriptor in the process of the worker. */
  readonly descriptor: number
  /** A worker before has read of it: what that had not emitted is lost, and it may go on in the middle of a line. */
  readonly isBegun: boolean
  /** To be called before the first read. */
  begin(): void
}
