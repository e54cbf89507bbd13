/** Times in their order, as a series has them. */

/** Where the first one stands that is not earlier. Hot: most of what is looked for is the newest. */
export function indexFrom(times: readonly number[], time: number): number {
  let low = 0
  let high = times.length
  const newest = times[high - 1]
  if (newest === undefined || newest < time) return high
  if (newest === time) return high - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (times[middle]! < time) low = middle + 1
    else high = middle
  }
  return low
}

/** Puts an item where it belongs. Hot: as a rule at the end. */
export function insertAt<T>(items: T[], index: number, item: T): void {
  if (index === items.length) items.push(item)
  else items.splice(index, 0, item)
}

/** Takes some items out. Hot: as a rule the first one alone. */
export function removeAt<T>(items: T[], index: number, count: number): void {
  if (index === 0 && count === 1) items.shift()
  else items.splice(index, count)
}
