import test from 'ava'
import fc from 'fast-check'
import { RootTable } from '../../lib/util/collections/root-table.ts'

/** Root ids out of few, so that they meet; the low halves are such that many begin at the same place. */
const highs = fc.integer({ min: 1, max: 6 })
const lows = fc.oneof(
  fc.integer({ min: -40, max: 40 }),
  fc.integer({ min: 0, max: 40 }).map((i) => i << 26),
)

type Step = { what: 'put' | 'remove'; high: number; low: number; cell: number } | { what: 'shrink' }

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ what: fc.constant('put' as const), high: highs, low: lows, cell: fc.integer() }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ what: fc.constant('remove' as const), high: highs, low: lows, cell: fc.constant(0) }),
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('shrink' as const) }) },
  ),
  { maxLength: 600, size: 'max' },
)

interface Row {
  cell: number
  value: object
}

function run(table: RootTable<object>, model: Map<string, Row>, step: Step): void {
  if (step.what === 'shrink') {
    table.shrink()
    return
  }
  const { what, high, low, cell } = step
  const key = `${high}/${low}`
  const slot = table.find(high, low)
  if ((slot !== -1) !== model.has(key)) throw new Error(`${key} is ${slot === -1 ? 'missing' : 'too many'}`)
  if (what === 'remove') {
    if (slot !== -1) table.remove(slot)
    model.delete(key)
    return
  }
  const at = slot === -1 ? table.insert(high, low) : slot
  if (slot === -1 && (table.cells[at] !== 0 || table.cells[at + 1] !== 0)) throw new Error('a new row is not empty')
  const value = { key }
  table.cells[at] = cell
  table.cells[at + 1] = ~cell
  table.setValue(at, value)
  model.set(key, { cell, value })
}

function check(table: RootTable<object>, model: ReadonlyMap<string, Row>): void {
  if (table.size !== model.size) throw new Error(`${table.size} rows, not ${model.size}`)
  let seen = 0
  for (const slot of table.slots()) {
    const key = `${table.highAt(slot)}/${table.lowAt(slot)}`
    const row = model.get(key)
    if (row === undefined) throw new Error(`${key} should be gone`)
    if (table.cells[slot] !== row.cell || table.cells[slot + 1] !== ~row.cell)
      throw new Error(`${key} has the cells of another`)
    if (table.valueAt(slot) !== row.value) throw new Error(`${key} has the value of another`)
    if (table.find(table.highAt(slot), table.lowAt(slot)) !== slot) throw new Error(`${key} is found elsewhere`)
    seen++
  }
  if (seen !== model.size) throw new Error(`${seen} slots, not ${model.size}`)
}

test('the table does what a Map does, whatever is put in, removed and shrunk, and each row keeps its value', (t) => {
  fc.assert(
    fc.property(steps, (list) => {
      const table = new RootTable<object>(2, true)
      const model = new Map<string, Row>()
      for (const step of list) run(table, model, step)
      check(table, model)
    }),
    { numRuns: 200 },
  )
  t.pass()
})

test('a gap is closed wherever it is made: any one of a crowd can go, and all others are found', (t) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(highs, lows), { selector: String, minLength: 2, maxLength: 40 }),
      fc.nat(),
      (roots, pick) => {
        const table = new RootTable(6)
        for (const [high, low] of roots) table.insert(high, low)
        const [gone] = roots.splice(pick % roots.length, 1)
        table.remove(table.find(...gone!))
        return table.find(...gone!) === -1 && roots.every(([high, low]) => table.find(high, low) !== -1)
      },
    ),
  )
  t.pass()
})

test('100,000 roots in a row grow the table and are all found, and shrinking gives the memory back', (t) => {
  const table = new RootTable(6)
  for (let low = 1; low <= 100_000; low++) {
    const slot = table.insert(9, low)
    table.cells[slot] = low
  }
  let wrong = 0
  for (let low = 1; low <= 100_000; low++) if (table.cells[table.find(9, low)] !== low) wrong++
  t.is(wrong, 0)
  t.true(table.cells.byteLength < 100_000 * 128)
  const peak = table.cells.length
  for (let low = 1; low <= 99_990; low++) table.remove(table.find(9, low))
  t.is(table.cells.length, peak)
  table.shrink()
  t.is(table.cells.length, 64 * 8)
  t.is(table.size, 10)
  for (let low = 99_991; low <= 100_000; low++) t.is(table.cells[table.find(9, low)], low)
})

test('a removed value is not kept alive', (t) => {
  const table = new RootTable<object>(2, true)
  const slot = table.insert(1, 1)
  table.setValue(slot, {})
  table.remove(slot)
  t.is(table.valueAt(slot), undefined as never)
})
