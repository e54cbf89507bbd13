/** What whoever opens a store says of it. */

/** When a transaction is on the disk: at its end, or whenever the system likes. */
export type SyncPolicy = 'commit' | 'none'

/** A class whose instances a store keeps field by field, and gives back as instances. */
export interface RecordKind<T extends object = any> {
  /** What its records begin with: from 9 up to 255. Part of the format of the stores that hold them: never renumber. */
  readonly tag: number
  readonly type: abstract new (...args: any) => T
  /** Writes the fields, one after the other. */
  write(record: T, writer: { write(value: unknown): void }): void
  /** Reads them in the same order. */
  read(reader: { next(): unknown }): T
}
