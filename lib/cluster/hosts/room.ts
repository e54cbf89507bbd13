/** What hosts have for workers, and what of it is taken: slots, processor time and memory. Pure. */
import { type Load, NO_LOAD } from '../../scheduler/loads.ts'

/** Of a host, or of what is free of it. */
export interface Room extends Load {
  readonly slots: number
}

/** A host that may get no worker. */
export const NO_ROOM: Room = { slots: 0, ...NO_LOAD }

/** What is left of a room where workers with these loads have their places. */
export function left({ slots, cpu, memory }: Room, taken: readonly Load[]): Room {
  const sum = taken.reduce((all, one) => ({ cpu: all.cpu + one.cpu, memory: all.memory + one.memory }), NO_LOAD)
  return { slots: slots - taken.length, cpu: cpu - sum.cpu, memory: memory - sum.memory }
}

/** Whether one more worker has a place there. One that says nothing of its load takes a slot alone. */
function fits({ cpu, memory }: Load, free: Room): boolean {
  return free.slots >= 1 && (cpu === 0 || cpu <= free.cpu) && (memory === 0 || memory <= free.memory)
}

/** Of rooms by name: the one with the most free slots in which it fits, of those with as many the first. */
export function best<Name>(load: Load, rooms: readonly (readonly [Name, Room])[]): Name | undefined {
  let found: readonly [Name, Room] | undefined
  for (const one of rooms) if (fits(load, one[1]) && one[1].slots > (found?.[1].slots ?? 0)) found = one
  return found?.[0]
}

/** How many of these workers would have a place, one after the other, up to the first that has none. */
export function placed(loads: readonly Load[], rooms: readonly Room[]): number {
  const free = new Map(rooms.map((room, index) => [index, room]))
  for (const [count, load] of loads.entries()) {
    const index = best(load, [...free])
    if (index === undefined) return count
    free.set(index, left(free.get(index)!, [load]))
  }
  return loads.length
}

/** What one worker needs beside its slot: ` with 50 % of a core and 128 MB each`; nothing where it says nothing. */
export function needsInWords({ cpu, memory }: Load): string {
  const parts = [
    ...(cpu > 0 ? [`${Math.ceil(cpu)} % of a core`] : []),
    ...(memory > 0 ? [`${Math.ceil(memory)} MB`] : []),
  ]
  return parts.length === 0 ? '' : ` with ${parts.join(' and ')} each`
}
