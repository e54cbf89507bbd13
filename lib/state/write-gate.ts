/** Whether the states of a task may be written now; always, unless someone says otherwise (`executor/exact`). */
export class WriteGate {
  /** What is written now is late. */
  isShut = false
  /** Whether what writes now belongs to the execution that is open; undefined: it does. */
  isOfExecution: (() => boolean) | undefined
  /** What to throw at what writes too late. */
  late: () => Error = () => new Error('nothing may be written now')

  /** Hot. @throws LATE_WRITE */
  pass(): void {
    if (this.isShut || this.isOfExecution?.() === false) throw this.late()
  }
}
