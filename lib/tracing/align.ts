/**
 * Times of several hosts on one clock. A tuple cannot arrive before it was sent, so the clock of a worker is moved by
 * the least that makes it so; that of the worker of the spout stays.
 */
import type { WorkerId } from '../tuple/ids.ts'

/** A tuple that went from one worker to another: two times, each by the clock of its worker. */
export interface Crossing {
  readonly from: WorkerId
  readonly to: WorkerId
  readonly sent: number
  readonly arrived: number
}

/**
 * By how many milliseconds the clock of each worker is moved. What contradicts itself, as a clock that was set
 * meanwhile does, is left as it is after as many rounds as there are workers.
 * @param fixed whose clock stays
 */
export function shiftsOf(crossings: readonly Crossing[], fixed: WorkerId): ReadonlyMap<WorkerId, number> {
  const shifts = new Map<WorkerId, number>([[fixed, 0]])
  for (const { from, to } of crossings) for (const worker of [from, to]) shifts.set(worker, 0)
  for (let round = 0; round < shifts.size; round++) if (!relax(crossings, shifts)) break
  const base = shifts.get(fixed)!
  return new Map([...shifts].map(([worker, shift]) => [worker, shift - base]))
}

/** Moves each clock that must be. @returns whether one was */
function relax(crossings: readonly Crossing[], shifts: Map<WorkerId, number>): boolean {
  let isMoved = false
  for (const { from, to, sent, arrived } of crossings) {
    const least = sent + shifts.get(from)! - arrived
    if (least <= shifts.get(to)!) continue
    shifts.set(to, least)
    isMoved = true
  }
  return isMoved
}
