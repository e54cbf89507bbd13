/** What a child has said, as an error shows it. */

/** JSON of any value that a serializer has read: none is nested too deep to be written. Never throws. */
export function shown(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? String(value)
}
