/** What the benchmark measures, and what it shows of it. */

/** One row of the table. */
export interface Row {
  readonly name: string
  readonly value: number | string
  readonly unit: string
  /** Value against the limit program of the same work. */
  readonly ratio?: number
  readonly cores?: number
  readonly peakBytes?: number
  /** What is to be reached, in the unit of the value, or of the ratio where there is one. */
  readonly goal?: string
  readonly reached?: boolean
}

/** Something that is measured. */
export interface Scenario {
  readonly name: string
  run(seconds: number): Promise<Row[]>
}
