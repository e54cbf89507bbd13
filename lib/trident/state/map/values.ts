/**
 * What map states keep for a key beside its value, and the rules for it. Names and rules: apache/storm
 * `storm-client/src/jvm/org/apache/storm/trident/state` (TransactionalValue, OpaqueValue).
 *
 * A store of text gives them back as plain objects of the same shape, in which what is undefined is missing. So whoever
 * reads a stored one reads its properties, and calls no method.
 */
import { TyphoonError } from '../../../index.ts'
import type { RecordKind } from '../../../store/format/store-options.ts'

/** A value, and the transaction that wrote it. */
export class TransactionalValue<V = any> {
  readonly txid: number
  readonly value: V | undefined

  constructor(txid: number, value: V | undefined) {
    this.txid = txid
    this.value = value
  }

  /** The form for stores that write text. */
  toJSON(): unknown {
    return { txid: this.txid, ...(this.value !== undefined && { value: this.value }) }
  }
}

/** A value, the transaction that wrote it, and what was there before that transaction. */
export class OpaqueValue<V = any> {
  readonly txid: number
  readonly curr: V | undefined
  readonly prev: V | undefined

  constructor(txid: number, curr: V | undefined, prev?: V | undefined) {
    this.txid = txid
    this.curr = curr
    this.prev = prev
  }

  /** The form for stores that write text. */
  toJSON(): unknown {
    const { txid, curr, prev } = this
    return { txid, ...(curr !== undefined && { curr }), ...(prev !== undefined && { prev }) }
  }

  /** What a transaction sees before it has written anything; null: outside of any. @throws TXID_BEHIND */
  get(txid: number | null): V | undefined {
    return opaqueBefore(this, txid)
  }

  /** The same key after transaction `txid` has set it. @throws TXID_BEHIND */
  update(txid: number, value: V | undefined): OpaqueValue<V> {
    return new OpaqueValue(txid, value, opaqueBefore(this, txid))
  }
}

/** How the embedded store keeps them. */
export const MAP_RECORDS: readonly RecordKind[] = [
  {
    tag: 10,
    type: OpaqueValue,
    write({ txid, curr, prev }: OpaqueValue, writer) {
      writer.write(txid)
      writer.write(curr)
      writer.write(prev)
    },
    read: (reader) => new OpaqueValue(reader.next() as number, reader.next(), reader.next()),
  },
  {
    tag: 9,
    type: TransactionalValue,
    write({ txid, value }: TransactionalValue, writer) {
      writer.write(txid)
      writer.write(value)
    },
    read: (reader) => new TransactionalValue(reader.next() as number, reader.next()),
  },
]

/**
 * What transaction `txid` finds in a stored opaque value. A replay finds what its first attempt found. @throws
 * TXID_BEHIND
 */
export function opaqueBefore<V>(stored: OpaqueValue<V> | undefined, txid: number | null): V | undefined {
  if (stored === undefined) return undefined
  if (txid === null || stored.txid < txid) return stored.curr
  if (stored.txid === txid) return stored.prev
  throw txidBehind(txid, stored.txid)
}

/** The error of a transaction that comes after a later one. */
export function txidBehind(txid: number, stored: number): TyphoonError {
  return new TyphoonError('TXID_BEHIND', `transaction ${txid} comes to a state that has been written by ${stored}`, {
    hint:
      'the state and the metadata of the topology do not belong together: one of them was deleted or put back; ' +
      'delete the whole directory of the topology to begin anew, or put back both',
  })
}
