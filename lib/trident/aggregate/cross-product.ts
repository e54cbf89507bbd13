/** Every choice of one row from each list, side by side. */

import { append } from '../operation/operation-collectors.ts'
import type { Row } from '../operation/processor.ts'

/**
 * Emits `before` and one row of each list behind it, for every choice of them; the last list varies fastest. An empty
 * list makes it nothing.
 */
export function crossProduct(before: Row, lists: readonly (readonly Row[])[], emit: (row: Row) => void): void {
  if (lists.some((list) => list.length === 0)) return
  combineFrom(0, before, lists, emit)
}

function combineFrom(index: number, before: Row, lists: readonly (readonly Row[])[], emit: (row: Row) => void): void {
  if (index === lists.length) emit(before)
  else for (const row of lists[index]!) combineFrom(index + 1, append(before, row), lists, emit)
}
