/** The lease that a run has of its state, as a worker of it has it: the resource `LEASE_RESOURCE`. */
export interface LeaseOfRun {
  /**
   * To be called before something is done at once that only its own run could take back. Where another run has the
   * state by now, for all of this one had stood still, the process ends here.
   */
  check(): void
}
