/** What the run has handed to its workers, as a worker of it has it: the resource `HANDED_RESOURCE`. */
export interface HandedResources {
  /**
   * From now on it is called whenever the run has handed over others, for another nimbus leads it: `context.resource`
   * returns those then.
   */
  onChange(call: () => void): void
}
