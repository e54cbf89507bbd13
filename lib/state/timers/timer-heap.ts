/** Who waits for which time: a binary heap, the earliest first; those of one time in the order in which they came. */
import type { MapKey } from '../own-key.ts'
import type { KeyTimers } from './key-timers.ts'

/** A key that has a timer at this time, or had one. */
export interface Waiting {
  readonly time: number
  readonly order: number
  readonly timers: KeyTimers
  readonly key: MapKey
}

export class TimerHeap {
  #heap: Waiting[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  get first(): Waiting | undefined {
    return this.#heap[0]
  }

  push(time: number, timers: KeyTimers, key: MapKey): void {
    this.#place({ time, order: this.#order++, timers, key })
  }

  shift(): Waiting | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || first === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }

  /** Keeps those alone. */
  keep(isWanted: (waiting: Waiting) => boolean): void {
    const wanted = this.#heap.filter(isWanted)
    this.#heap = []
    for (const waiting of wanted) this.#place(waiting)
  }

  #place(waiting: Waiting): void {
    const heap = this.#heap
    let at = heap.push(waiting) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(waiting, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = waiting
  }
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.time === b.time ? a.order < b.order : a.time < b.time
}
