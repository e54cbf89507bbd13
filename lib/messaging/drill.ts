/** Names what is done to the process of a worker for the sake of a drill; it goes the way of the secret. */
export interface DrillOrder {
  /** The URL of a module of Typhoon's own, see `worker/process/drill.ts`. */
  readonly module: string
  /** What the module is told, as plain JSON. */
  readonly order: unknown
}
