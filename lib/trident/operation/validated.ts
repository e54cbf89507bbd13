/**
 * Rows whose fields validate (`fields({ … }, { validate: true })`): what an operation has made goes through the schemas
 * of its output fields, once, where it leaves the operation. What it has only passed on was validated before.
 */
import type { Fields } from '../../index.ts'
import type { Batch, Row } from './processor.ts'

type Emit = (batch: Batch, row: Row) => void

/**
 * @param made the output fields of the operation, which stand at the end of each row
 * @returns `emit` itself where nothing is to be validated
 */
export function validated(made: readonly Fields[], emit: Emit): Emit {
  if (made.every(({ schemas }) => schemas === undefined)) return emit
  const size = made.reduce((sum, fields) => sum + fields.size, 0)
  return (batch, row) => {
    let at = row.length - size
    const values = row.slice(0, at)
    for (const fields of made) {
      values.push(...fields.valuesOf(row.slice(at, at + fields.size)))
      at += fields.size
    }
    emit(batch, values)
  }
}
