import test from 'ava'
import fc from 'fast-check'
import { BlockSums, type PaneList } from '../../lib/windows/keyed/block-sums.ts'

const PANES = 5

/** Panes of length one, by where they begin. */
class MapPanes<T> implements PaneList {
  readonly byStart = new Map<number, T>()
  readonly #copy: (value: T) => T

  constructor(copy: (value: T) => T) {
    this.#copy = copy
  }

  get starts(): number[] {
    return [...this.byStart.keys()].sort((a, b) => a - b)
  }

  at(index: number): T | undefined {
    const one = this.byStart.get(this.starts[index]!)
    return one === undefined ? undefined : this.#copy(one)
  }

  indexFrom(start: number): number {
    return this.starts.filter((one) => one < start).length
  }
}

const windowAt = (first: number) => {
  const end = first + PANES
  return { first, last: end - 1, border: Math.floor(end / PANES) * PANES }
}
/** How far the next window is, and what changes before it, relative to its first pane. */
const steps = fc.array(fc.record({ by: fc.nat(7), changes: fc.array(fc.integer({ min: -2, max: PANES + 3 })) }))
const aggregateOf = <A>(merge: (a: A, b: A) => A) => ({ init: () => undefined, add: () => undefined, merge }) as never

for (const [what, isLong] of [
  ['small', false],
  ['large', true],
] as const)
  test(`a window comes to the merge of its panes in their order: ${what} aggregates, changed in place`, (t) =>
    fc.assert(
      fc.property(steps, fc.integer({ min: -20, max: 20 }), (windows, from) => {
        const panes = new MapPanes<string[]>((value) => [...value])
        const sums = new BlockSums(
          aggregateOf<string[]>((a, b) => {
            a.push(...b.splice(0))
            return a
          }),
        )
        let first = from
        let count = 0
        for (const { by, changes } of windows) {
          first += by
          for (const start of changes.map((change) => first + change)) {
            const added = isLong ? `${count++}`.padStart(300) : `${count++}`
            panes.byStart.set(start, [...(panes.byStart.get(start) ?? []), added])
            sums.changed(start)
          }
          const all = Array.from({ length: PANES }, (_, pane) => panes.byStart.get(first + pane) ?? []).flat()
          const got = sums.of(panes, windowAt(first))
          t.deepEqual(got, all.length === 0 ? undefined : all)
        }
      }),
    ))

test('what a window comes to does not depend on those that were asked for before', (t) =>
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, min: -1, max: 1 })),
      fc.integer({ min: -9, max: 9 }),
      (values, at) => {
        const panes = new MapPanes<number>((value) => value)
        for (const [index, value] of values.entries()) panes.byStart.set(at + index, value)
        const aggregate = aggregateOf<number>((a, b) => a + b)
        const sums = new BlockSums(aggregate)
        for (let first = at - PANES; first < at + values.length; first++)
          t.is(sums.of(panes, windowAt(first)), new BlockSums(aggregate).of(panes, windowAt(first)))
      },
    ),
  ))

test('a key has a few merges for each window, however many panes that has', (t) => {
  let merges = 0
  const panes = new MapPanes<number>((value) => value)
  const sums = new BlockSums(
    aggregateOf<number>((a, b) => {
      merges++
      return a + b
    }),
  )
  for (let start = 0; start < 100 * PANES; start++) panes.byStart.set(start, 1)
  for (let first = 0; first < 99 * PANES; first++) t.is(sums.of(panes, windowAt(first)), PANES)
  t.true(merges <= 3 * 99 * PANES)
})
