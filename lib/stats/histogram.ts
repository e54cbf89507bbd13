/**
 * A histogram of durations in microseconds, after the idea of HdrHistogram (Gil Tene): buckets that grow with the
 * value, so that each value is kept to within 1/64 of itself, from 1 µs up, in one array that can be added to another.
 */
const SUB_BITS = 7
const SUB = 1 << SUB_BITS
/** The bits of a whole number of JavaScript: 285 years in microseconds. */
const BITS = 53
/** How many there are: values under `SUB` have a bucket each; from there on each power of two has `SUB / 2`. */
export const HISTOGRAM_BUCKETS = SUB + (BITS - SUB_BITS) * (SUB / 2)
/** From this value on (35 minutes) arithmetic of 32 bits is too narrow. */
const WIDE = 2 ** 31
/** The bits by which a wide value is shortened, so that it is not wide any more. */
const WIDE_SHIFT = BITS - 31

/** Counts of the buckets that are not empty: `[bucket, count, bucket, count …]`. */
export type HistogramData = readonly number[]

/** Whether a value is such counts. */
export function isHistogramData(value: unknown): value is HistogramData {
  return (
    Array.isArray(value) &&
    value.length % 2 === 0 &&
    value.every((one, at) => Number.isSafeInteger(one) && one >= 0 && (at % 2 === 1 || one < HISTOGRAM_BUCKETS))
  )
}

/** What is shown of a histogram, milliseconds. */
export interface Percentiles {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

const NONE = new Float64Array()

/** Durations, counted by how long they were: to within 1/64 of each. */
export class Histogram {
  /** None before something is recorded: many never have anything. */
  #counts = NONE
  #total = 0

  get total(): number {
    return this.#total
  }

  /** Records a duration in whole microseconds; a negative one counts as 0. Hot. */
  record(micros: number): void {
    if (this.#counts.length === 0) this.#counts = new Float64Array(HISTOGRAM_BUCKETS)
    this.#counts[bucketOf(Math.max(micros, 0))]!++
    this.#total++
  }

  /** @param data see `HistogramData` */
  add(data: ArrayLike<number>): void {
    if (data.length > 0 && this.#counts.length === 0) this.#counts = new Float64Array(HISTOGRAM_BUCKETS)
    for (let i = 0; i < data.length; i += 2) {
      this.#counts[data[i]!]! += data[i + 1]!
      this.#total += data[i + 1]!
    }
  }

  data(): HistogramData {
    const data: number[] = []
    const counts = this.#counts
    for (let bucket = 0; bucket < counts.length; bucket++) if (counts[bucket]! > 0) data.push(bucket, counts[bucket]!)
    return data
  }

  /** Those with something in them, in order: how many durations were at most how long, in microseconds. */
  get buckets(): { readonly upTo: number; readonly count: number }[] {
    return [...this.#counts].flatMap((count, bucket) => (count > 0 ? [{ upTo: upperBoundOf(bucket), count }] : []))
  }

  /** The value in microseconds that this part (0 to 1) of the records does not exceed; 0 where there are none. */
  percentile(part: number): number {
    let left = Math.ceil(this.#total * part)
    if (left <= 0) return 0
    for (let bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
      left -= this.#counts[bucket]!
      if (left <= 0) return upperBoundOf(bucket)
    }
    return 0
  }

  /** The percentiles in milliseconds, to three digits after the point. */
  percentilesMs(): Percentiles {
    const ms = (part: number) => Math.round(this.percentile(part)) / 1000
    return { p50: ms(0.5), p99: ms(0.99), p999: ms(0.999), max: ms(1) }
  }
}

function bucketOf(micros: number): number {
  if (micros < SUB) return micros | 0
  if (micros >= WIDE) return WIDE_SHIFT * (SUB >> 1) + bucketOf(Math.floor(micros / 2 ** WIDE_SHIFT))
  const exponent = 31 - Math.clz32(micros) - SUB_BITS + 1
  return exponent * (SUB >> 1) + (micros >>> exponent)
}

/** Largest value of a bucket. */
function upperBoundOf(bucket: number): number {
  if (bucket < SUB) return bucket
  const exponent = Math.floor(bucket / (SUB >> 1)) - 1
  const mantissa = bucket - exponent * (SUB >> 1)
  return (mantissa + 1) * 2 ** exponent - 1
}
