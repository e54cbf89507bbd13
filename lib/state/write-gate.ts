/** Whether the states of a task may be written now; always, unless someone says otherwise (`executor/exact`). */
export class WriteGate {
  /** What is written now is late. */
  isShut = false
  /** Whether what writes now was begun by an execution that is over, while another one is open; undefined: no. */
  isStray: (() => boolean) | undefined
  /** What to throw at what writes too late. */
  late: () => Error = () => new Error('nothing may be written now')
  /** Told of what is stray; it is written all the same. */
  stray: () => void = () => {}

  /** Whether what is written now is neither late nor stray. */
  get isOpen(): boolean {
    return !this.isShut && this.isStray?.() !== true
  }

  /** Hot. @throws LATE_WRITE */
  pass(): void {
    if (this.isShut) throw this.late()
    if (this.isStray?.() === true) this.stray()
  }
}
