/** The tracks of all things of one kind, by name. Their number is bounded; what is not there for a day is forgotten. */
import { type FigureTable, Track, type Values } from './track.ts'
import type { Places } from './windows.ts'

const FORGOTTEN_AFTER_MS = 86_400_000

export class Tracks<Table extends FigureTable> {
  readonly #table: Table
  readonly #rings: number
  readonly #most: number
  readonly #all = new Map<string, Track<Table>>()

  /** @param rings how many windows there are @param most of how many things figures are kept at once */
  constructor(table: Table, rings: number, most: number) {
    this.#table = table
    this.#rings = rings
    this.#most = most
  }

  get(name: string): Track<Table> | undefined {
    return this.#all.get(name)
  }

  /** Those that were there at a moment or since, by name. */
  since(ms: number): (readonly [string, Track<Table>])[] {
    return [...this.#all].filter(([, track]) => track.seenMs >= ms)
  }

  placesOf(ring: number): Places[] {
    return [...this.#all.values()].map(({ rings }) => rings[ring]!)
  }

  add(name: string, values: Values<Table>, atMs: number, places: readonly number[]): void {
    let track = this.#all.get(name)
    if (track === undefined) {
      if (this.#all.size >= this.#most) return
      track = new Track(this.#table, this.#rings)
      this.#all.set(name, track)
    }
    track.seenMs = atMs
    track.add(values, places)
  }

  beginAnew(): void {
    for (const track of this.#all.values()) track.beginAnew()
  }

  forget(nowMs: number): void {
    for (const [name, { seenMs }] of this.#all) if (nowMs - seenMs > FORGOTTEN_AFTER_MS) this.#all.delete(name)
  }
}
