/**
 * The latencies of one component over time: a sparse histogram in each bucket of each window. The one that is being
 * filled is an array; those that are done are packed, since there are many of them. For the same reason four buckets of
 * a histogram are one here: a latency is kept to within a sixteenth of itself, and never shown as less than it was.
 */
import { HISTOGRAM_BUCKETS, Histogram, type HistogramData } from '../stats/histogram.ts'
import type { Places } from './windows.ts'

/** One for each kind of latency of a component. */
export class LatencyTrack {
  #last: HistogramData = []
  readonly #rings: readonly LatencyRing[]

  /** @param rings how many windows there are */
  constructor(rings: number) {
    this.#rings = Array.from({ length: rings }, () => new LatencyRing())
  }

  /** By window, as they were made. */
  get rings(): readonly Places[] {
    return this.#rings
  }

  /** @param now what has been recorded until now @param places the one in each ring */
  add(now: HistogramData, places: readonly number[]): void {
    const added = growth(this.#last, now)
    this.#last = now
    for (const [ring, place] of places.entries()) this.#rings[ring]!.add(place, added)
  }

  /** Whoever is counted from now on counts from 0. */
  beginAnew(): void {
    this.#last = []
  }

  /** What was recorded in these places. */
  over(ring: number, places: readonly number[]): Histogram {
    const sum = new Histogram()
    for (const place of places) sum.add(this.#rings[ring]!.at(place))
    return sum
  }
}

/** Like `HistogramData`. */
type Packed = Uint32Array | Float64Array

const NONE: Packed = new Uint32Array()
/** The last one of the four buckets that are one here. */
const OF_FOUR = 3
const MOST_IN_32_BITS = 2 ** 32 - 1

class LatencyRing implements Places {
  #packed: (Packed | undefined)[] = []
  /** The counts of the bucket that is being filled. */
  readonly #open = new Float64Array(HISTOGRAM_BUCKETS)
  #openPlace: number | undefined

  add(place: number, added: HistogramData): void {
    if (added.length === 0) return
    if (place !== this.#openPlace) this.#openAt(place)
    for (let i = 0; i < added.length; i += 2) this.#open[added[i]! | OF_FOUR]! += added[i + 1]!
  }

  at(place: number): Packed {
    return place === this.#openPlace ? pack(this.#open) : (this.#packed[place] ?? NONE)
  }

  clear(place: number): void {
    this.#packed[place] = undefined
    if (place !== this.#openPlace) return
    this.#openPlace = undefined
    this.#open.fill(0)
  }

  join(from: number, into: number): void {
    this.#openAt(into)
    addTo(this.#open, this.#packed[from] ?? NONE)
    this.#close()
  }

  arrange(from: readonly (number | undefined)[]): void {
    this.#close()
    const before = this.#packed
    this.#packed = from.map((place) => (place === undefined ? undefined : before[place]))
  }

  #openAt(place: number): void {
    this.#close()
    this.#openPlace = place
    addTo(this.#open, this.#packed[place] ?? NONE)
  }

  #close(): void {
    if (this.#openPlace === undefined) return
    this.#packed[this.#openPlace] = pack(this.#open)
    this.#openPlace = undefined
    this.#open.fill(0)
  }
}

function addTo(counts: Float64Array, data: Packed): void {
  for (let i = 0; i < data.length; i += 2) counts[data[i]!]! += data[i + 1]!
}

function pack(counts: Float64Array): Packed {
  let filled = 0
  let most = 0
  for (let bucket = 0; bucket < counts.length; bucket++) {
    if (counts[bucket]! === 0) continue
    filled++
    most = Math.max(most, counts[bucket]!)
  }
  const packed = most > MOST_IN_32_BITS ? new Float64Array(filled * 2) : new Uint32Array(filled * 2)
  let at = 0
  for (let bucket = 0; bucket < counts.length; bucket++) {
    if (counts[bucket]! === 0) continue
    packed[at++] = bucket
    packed[at++] = counts[bucket]!
  }
  return packed
}

/** What was recorded between two moments; all of it where there is less of anything than before. Both are in order. */
function growth(before: HistogramData, now: HistogramData): HistogramData {
  const grown: number[] = []
  let at = 0
  for (let i = 0; i < now.length; i += 2) {
    const bucket = now[i]!
    let count = now[i + 1]!
    if (at < before.length && before[at]! === bucket) {
      count -= before[at + 1]!
      at += 2
    }
    if (count < 0) return now
    if (count > 0) grown.push(bucket, count)
  }
  // A bucket was left over that is not there any more.
  return at < before.length ? now : grown
}
