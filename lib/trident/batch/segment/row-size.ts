/**
 * About how many bytes a row takes on its way, so that a tuple of many rows fits into a frame. Texts count a byte for
 * each unit, of which UTF-8 makes three at most; a limit by these figures leaves room for that.
 */
import { MAX_DEPTH } from '../../../values/unencodable.ts'
import type { Row } from '../../operation/processor.ts'

/** A number, a flag, or what a container takes beside its entries. */
const SMALL = 9

/** Hot, once for each row that leaves a segment. */
export function sizeOfRow(row: Row): number {
  let size = SMALL
  for (let i = 0; i < row.length; i++) {
    const value = row[i]
    if (typeof value === 'string') size += value.length + SMALL
    else if (typeof value === 'object' && value !== null) size += sizeOfObject(value, 1)
    else size += SMALL
  }
  return size
}

function sizeOf(value: unknown, depth: number): number {
  if (typeof value === 'string') return value.length + SMALL
  if (typeof value === 'bigint') return value.toString(16).length + SMALL
  return typeof value === 'object' && value !== null ? sizeOfObject(value, depth + 1) : SMALL
}

function sizeOfObject(value: object, depth: number): number {
  if (ArrayBuffer.isView(value)) return value.byteLength + SMALL
  // What is nested deeper cannot be sent anyway.
  if (depth > MAX_DEPTH) return SMALL
  let size = SMALL
  if (Array.isArray(value) || value instanceof Set) for (const item of value) size += sizeOf(item, depth)
  else if (value instanceof Map) for (const [key, item] of value) size += sizeOf(key, depth) + sizeOf(item, depth)
  else for (const [key, item] of Object.entries(value)) size += key.length + SMALL + sizeOf(item, depth)
  return size
}
