/** What a child has said, as an error shows it. */

/** JSON of any value that was read, even one that is nested too deep to be written. Never throws. */
export function shown(value: unknown): string {
  try {
    return (
      JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? String(value)
    )
  } catch {
    return '(nested too deep to be shown)'
  }
}
