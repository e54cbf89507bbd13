/** Iterables made of others: nothing is read before it is asked for. */

/** One after the other. */
export function* joined<Item>(all: Iterable<Iterable<Item>>): Iterable<Item> {
  for (const one of all) yield* one
}

/** Those items that something holds of. */
export function* only<Item>(items: Iterable<Item>, holds: (item: Item) => boolean): Iterable<Item> {
  for (const item of items) if (holds(item)) yield item
}
