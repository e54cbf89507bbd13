/**
 * What a task in a child process measures by itself: each change is a message to its parent, which must know the name.
 * Storm ends a bolt over one that it does not know, so to Storm nothing is said; `sendMetric` is for that.
 */
import { type Counter, type Gauge, type TaskMetrics, TyphoonError, type ValueHistogram } from '../../index.ts'

export class ChildMetrics implements TaskMetrics {
  readonly #send: (name: string, value: number) => void

  /** @param send tells the parent */
  constructor(send: (name: string, value: number) => void) {
    this.#send = send
  }

  counter(name: string): Counter {
    return { inc: (by = 1) => this.#send(name, by) }
  }

  /** @throws NOT_IN_A_CHILD where it is to be read: the parent does not ask */
  gauge(name: string, read?: () => number): Gauge {
    if (read !== undefined)
      throw new TyphoonError('NOT_IN_A_CHILD', `the gauge "${name}" of a child process cannot be read`, {
        hint: 'set it when it changes',
      })
    return { set: (value) => this.#send(name, value) }
  }

  histogram(name: string): ValueHistogram {
    return { record: (value) => this.#send(name, value) }
  }
}
