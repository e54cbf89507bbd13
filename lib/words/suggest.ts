/**
 * "Did you mean": the nearest of the known names, if one is near. What it does is bounded, whoever has written the
 * name: a long name is near nothing, and only the first of very many names are compared.
 */

/** Nobody misspells a longer name by hand. */
const LONGEST_NAME = 100
const MOST_COMPARED = 2000
const MOST_LISTED = 12

/** In names up to this length another letter makes another name, not a misspelled one. */
const SHORT_NAME = 3

/**
 * The known name nearest to `name` by edit distance; `undefined` if none is near enough.
 * @param most edits; a third of its length unless given, of a single letter none
 */
export function nearest(
  name: string,
  known: Iterable<string>,
  most = name.length === 1 ? 0 : Math.max(1, Math.floor(name.length / 3)),
): string | undefined {
  // Values of a program that no compiler has read come here, too.
  if (typeof name !== 'string' || name.length > LONGEST_NAME) return undefined
  const written = name.toLowerCase()
  let best: string | undefined
  let bestDistance = most + 1
  let compared = 0
  for (const candidate of known) {
    if (++compared > MOST_COMPARED) break
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = editDistance(written, candidate.toLowerCase(), bestDistance)
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
  return names.length === 0 ? 'there are none' : `known: ${someOf(names)}`
}

/** The first of several names, as a hint lists them. */
export function someOf(names: readonly string[]): string {
  const listed = names.slice(0, MOST_LISTED).map((one) => shorten(one, LONGEST_NAME))
  return `${listed.join(', ')}${names.length > MOST_LISTED ? ' …' : ''}`
}

/** A name as a message quotes it: whoever sent it may have sent megabytes. */
export function shorten(name: string, characters = LONGEST_NAME): string {
  return name.length <= characters ? name : `${name.slice(0, characters)}…`
}

/**
 * Levenshtein distance, where two neighbours in the wrong order count as one edit, and another letter in a short name
 * as two; any number from `limit` up where it is not below that.
 */
function editDistance(a: string, b: string, limit: number): number {
  const replaced = a.length < SHORT_NAME ? 2 : 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : replaced
      let distance = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        distance = Math.min(distance, beforeLast[j - 2]! + 1)
      row[j] = distance
      least = Math.min(least, distance)
    }
    // A swap reaches back two rows, and costs one: the row before may still lead below the limit.
    if (least > limit) return least
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
