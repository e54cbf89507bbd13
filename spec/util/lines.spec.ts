/** The law: whatever the pieces, the lines are those of the text; what has no end is passed on sooner or later. */
import test from 'ava'
import fc from 'fast-check'
import { Lines } from '../../lib/util/lines.ts'

function linesOf(pieces: readonly Uint8Array[]): string[] {
  const lines: string[] = []
  const into = new Lines((line) => lines.push(line))
  for (const piece of pieces) into.add(piece)
  into.end()
  return lines
}

test('lines come out of any pieces, whichever way they end', (t) => {
  const line = fc.string({ unit: fc.constantFrom(...'ab é語😀'), minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r'))),
      fc.integer({ min: 1, max: 9 }),
      (all, size) => {
        const bytes = Buffer.from(all.flat().join(''))
        const count = Math.ceil(bytes.length / size)
        const pieces = Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
        t.deepEqual(
          linesOf(pieces),
          all.map(([text]) => text),
        )
      },
    ),
  )
})

test('a line that does not end comes in parts: it does not gather for ever', (t) => {
  const parts = linesOf(Array.from({ length: 100 }, () => Buffer.alloc(4096, 'x')))
  t.is(parts.join('').length, 409_600)
  t.true(parts.every(({ length }) => length <= 70_000))
})
