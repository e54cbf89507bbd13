/** A value and its group, as the store keeps them. */
import type { RecordKind } from '../../store/format/store-options.ts'
import type { Group } from '../group.ts'
import type { Based } from '../state-base.ts'

export class BasedRecord implements Based {
  readonly group: Group
  readonly value: unknown

  constructor(group: Group, value: unknown) {
    this.group = group
    this.value = value
  }
}

const based: RecordKind<BasedRecord> = {
  tag: 9,
  type: BasedRecord,
  write({ group, value }, writer) {
    writer.write(group)
    writer.write(value)
  },
  read: (reader) => new BasedRecord(reader.next() as Group, reader.next()),
}

/** What the store must know to keep them. */
export const BASED_RECORDS: readonly RecordKind[] = [based]
