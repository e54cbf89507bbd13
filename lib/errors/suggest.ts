/** "Did you mean": the nearest of the known names, if one is near. */

/** The known name nearest to `name` by edit distance, within a third of its length; `undefined` if none is. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** A hint for an unknown name: the nearest one, or the list of those that there are. */
export function suggest(name: string, known: Iterable<string>): string {
  const names = [...known]
  const near = name === '' ? undefined : nearest(name, names)
  if (near !== undefined) return `did you mean "${near}"?`
  return names.length === 0
    ? 'there are none'
    : `known: ${names.slice(0, 12).join(', ')}${names.length > 12 ? ' …' : ''}`
}

/** Levenshtein distance, where two neighbours in the wrong order count as one edit. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
