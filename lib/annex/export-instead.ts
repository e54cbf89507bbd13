/**
 * What a module may export by mistake: a part of what makes a topology. It says itself, under this key, what to export
 * in its place. The key is one of Node.js's registry, since the part may come from another copy of Typhoon.
 */
export const EXPORT_INSTEAD = Symbol.for('typhoon.exportInstead')

/** What a value says of that; undefined where it says nothing. */
export function exportInstead(value: unknown): string | undefined {
  const said = (Object(value) as Record<symbol, unknown>)[EXPORT_INSTEAD]
  return typeof said === 'string' ? said : undefined
}
