/** What a coordinator knows of what its spouts' tasks have emitted: told in pieces, of the newest attempt alone. */
import test from 'ava'
import fc from 'fast-check'
import { Emissions, regrouped } from '../../../lib/trident/batch/coordinator/emissions.ts'
import type { Emission, EmissionOf } from '../../../lib/trident/batch/exchange/emission-record.ts'
import { type RecordNote, recordNotes } from '../../../lib/trident/batch/exchange/spout-notes.ts'

const FRAME = 65_536
const took = (partitions: Record<string, unknown[]>, rows = 1): Emission => {
  return { rows, exhausted: false, partitions, counts: {} }
}
const notes = (txid: number, attempt: number, emission: Emission, task = 0, frameBytes = FRAME): RecordNote[] =>
  recordNotes({ spout: 'spout', task, txid, attempt }, emission, frameBytes)

/** What a coordinator has heard, after attempts of batches have begun. */
function begun(...attempts: readonly (readonly [txid: number, attempt: number])[]): Emissions {
  const emissions = new Emissions()
  for (const [txid, attempt] of attempts) emissions.begin(txid, attempt)
  return emissions
}

test('a record comes out as it was, in however many pieces it came', (t) => {
  const text = fc.string({ maxLength: 40 })
  const names = fc.oneof(text, fc.constantFrom('constructor', '__proto__', ''))
  const row = fc.record({ partition: names, index: fc.nat(), values: fc.array(text, { maxLength: 3 }) })
  const emission = fc.record({
    rows: fc.nat(),
    exhausted: fc.boolean(),
    partitions: fc
      .uniqueArray(fc.tuple(names, fc.array(fc.jsonValue(), { minLength: 1, maxLength: 4 })), {
        selector: ([one]) => one,
      })
      .map((entries) => Object.fromEntries(entries)),
    counts: fc
      .uniqueArray(fc.tuple(names, fc.nat()), { selector: ([one]) => one })
      .map((entries) => Object.fromEntries(entries)),
    without: fc.array(row, { minLength: 1, maxLength: 3 }),
    letters: fc.array(text, { minLength: 1, maxLength: 3 }),
  })
  fc.assert(
    fc.property(emission, fc.integer({ min: 1, max: 2000 }), (one, frameBytes) => {
      const emissions = begun([1, 7])
      for (const note of notes(1, 7, one, 3, frameBytes)) emissions.note(note)
      t.deepEqual(emissions.of(1), [{ ...one, spout: 'spout', task: 3 }])
    }),
  )
})

test('92: a piece of a record without those before it is void, and so are those behind it (test-rotating-transactional-state)', (t) => {
  const emission = took({ a: ['x'.repeat(90), 'y'.repeat(90), 'z'.repeat(90)] })
  const pieces = notes(1, 1, emission, 0, 400)
  t.true(pieces.length > 2)
  for (const lost of pieces.keys()) {
    const emissions = begun([1, 1])
    for (const piece of pieces.filter((_, index) => index !== lost)) emissions.note(piece)
    t.deepEqual(emissions.of(1), [])
    t.is(emissions.heard(1), 0)
  }
})

test('what comes of another attempt than the newest is void', (t) => {
  const emissions = begun([1, 1], [1, 2])
  for (const note of notes(1, 1, took({ a: ['old'] }))) emissions.note(note)
  for (const note of notes(9, 1, took({ a: ['never begun'] }))) emissions.note(note)
  t.deepEqual([emissions.of(1), emissions.of(9)], [[], []])
  emissions.forget(1)
  for (const note of notes(1, 2, took({ a: ['over'] }))) emissions.note(note)
  t.deepEqual(emissions.of(1), [])
})

test('a record stays until the next whole one, and is heard only in its own attempt', (t) => {
  const emissions = begun([1, 1])
  for (const note of notes(1, 1, took({ a: [1] }))) emissions.note(note)
  t.is(emissions.heard(1), 1)
  emissions.begin(1, 2)
  t.is(emissions.heard(1), 0)
  t.deepEqual(emissions.of(1)[0]?.partitions, { a: [1] })
  for (const note of notes(1, 2, took({ a: [2] }))) emissions.note(note)
  t.is(emissions.heard(1), 1)
  t.deepEqual(emissions.of(1)[0]?.partitions, { a: [2] })
})

test('the row that a step has thrown at stands beside what was emitted', (t) => {
  const emissions = begun([1, 1])
  const suspect = { partition: 'a', index: 3, values: ['row'], attempt: 1 }
  const note = { spout: 'spout', task: 0, txid: 1, attempt: 1, kind: 'suspect', suspect } as const
  emissions.note(note)
  t.deepEqual(emissions.of(1), [], 'nothing is known of what was emitted')
  for (const one of notes(1, 1, took({ a: [1] }))) emissions.note(one)
  emissions.note(note)
  t.deepEqual(emissions.of(1)[0]?.suspect, suspect)
})

test('partitions are where the last batch that had something of them ends, of the newest attempts', (t) => {
  const emissions = begun([5, 1], [6, 1], [7, 1])
  for (const note of notes(6, 1, took({ a: [61], b: [62] }))) emissions.note(note)
  for (const note of notes(5, 1, took({ a: [50, 51], c: [52] }))) emissions.note(note)
  for (const note of notes(7, 1, took({ a: [71] }))) emissions.note(note)
  const before = new Map([
    ['a', 61],
    ['c', 52],
    ['b', 62],
  ])
  t.deepEqual(emissions.positionsBefore(7, 'spout'), before)
  t.deepEqual(emissions.positionsBefore(7, 'another'), new Map())
  emissions.begin(6, 2)
  t.deepEqual(
    emissions.positionsBefore(7, 'spout'),
    new Map([
      ['a', 51],
      ['c', 52],
    ]),
  )
})

for (const [before, tasks] of [
  [2, 3],
  [3, 2],
  [2, 1],
] as const)
  test(`where ${before} tasks become ${tasks}, each finds what its partitions had in a batch, and no more`, (t) => {
    const names = ['0', '1', '2', '3', '4']
    const mine = (index: number, all: number) => names.filter((name) => Number(name) % all === index)
    const records = Array.from({ length: before }, (_, task): EmissionOf => {
      const partitions = Object.fromEntries(mine(task, before).map((name) => [name, [`meta of ${name}`]]))
      return { spout: 'spout', task, rows: 5, exhausted: false, partitions }
    })
    const after = regrouped(records, tasks, (name) => Number(name) % tasks)
    t.deepEqual(
      after.map(({ task, partitions }) => [task, partitions]),
      Array.from({ length: tasks }, (_, task) => [
        task,
        Object.fromEntries(mine(task, tasks).map((name) => [name, [`meta of ${name}`]])),
      ]),
    )
    t.is(
      after.reduce((sum, { rows }) => sum + rows, 0),
      before * 5,
    )
  })

test('a batch that only some of the tasks had begun is nothing for the others when their number changes', (t) => {
  const record: EmissionOf = { spout: 'spout', task: 0, rows: 1, exhausted: false, partitions: { a: [1] } }
  t.deepEqual(
    regrouped([record], 2, () => 0).map(({ partitions }) => partitions),
    [{ a: [1] }, {}],
  )
})
