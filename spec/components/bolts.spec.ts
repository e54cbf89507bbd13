import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import { topTable } from '../../lib/components/bolts/top-bolt.ts'
import { CountBolt, IdentityBolt, LogBolt, NullBolt, SplitBolt, TopBolt } from '../../lib/components/index.ts'
import { type AnyBolt, type Fields, testTuple } from '../../lib/index.ts'
import { BoltRun } from './fakes.ts'

function emittedFor(bolt: AnyBolt, ...inputs: unknown[]): unknown[][] {
  const run = new BoltRun(bolt)
  for (const input of inputs) run.execute([input])
  return run.emitted.map((values) => [...values])
}

test('a text is split at white space as a regular expression splits it', (t) => {
  const space = fc.constantFrom(...' \t\n\v\f\r\u00a0\u1680\u2000\u2005\u200a\u2028\u2029\u202f\u205f\u3000\ufeff')
  const other = fc.constantFrom(...'ab.é\u0000\u001f\u0085\u009f\u180e\u1fff\u200b\u2060\u3001\ufefe', '😀', '\ud800')
  const text = fc.oneof(
    fc.array(fc.oneof(space, other), { maxLength: 40 }).map((characters) => characters.join('')),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(text, (input) => {
      const words = input.split(/\s+/).filter((word) => word !== '')
      return isDeepStrictEqual(
        emittedFor(new SplitBolt(), input),
        words.map((word) => [word]),
      )
    }),
    { numRuns: 300 },
  )
  t.pass()
})

test('every code unit is white space for the bolt where it is for a regular expression', (t) => {
  const codes = Array.from({ length: 65_536 }, (_, code) => code)
  const spaces = codes.filter((code) => /\s/.test(String.fromCharCode(code)))
  const run = new BoltRun(new SplitBolt())
  const found = codes.filter((code) => {
    run.execute([String.fromCharCode(code)])
    return run.emitted.splice(0).length === 0
  })
  t.deepEqual(found, spaces)
})

test('a separator of one’s own is a regular expression', (t) => {
  t.deepEqual(emittedFor(new SplitBolt('[,;] *'), 'a, b;;c;'), [['a'], ['b'], ['c']])
  t.deepEqual(emittedFor(new SplitBolt('(x)|,'), 'a,bxc'), [['a'], ['b'], ['x'], ['c']])
  t.deepEqual(emittedFor(new SplitBolt('\\p{P}'), 'a¡b'), [['a'], ['b']])
  t.throws(() => new SplitBolt('('), { code: 'CONSTRUCTOR_FAILED' })
  t.throws(() => new SplitBolt(7 as any), { code: 'CONSTRUCTOR_FAILED' })
})

test('only a text can be split', (t) => {
  t.throws(() => emittedFor(new SplitBolt(), 7), { code: 'EXECUTE_FAILED' })
})

test('counts are emitted with each tuple', (t) => {
  t.deepEqual(emittedFor(new CountBolt(), 'a', 'b', 'a', 1, '1'), [
    ['a', 1],
    ['b', 1],
    ['a', 2],
    [1, 1],
    ['1', 1],
  ])
})

test('counts are emitted once at the end where that is asked for', (t) => {
  const run = new BoltRun(new CountBolt({ emit: 'end' }))
  for (const word of ['a', 'internationalization', 'a']) run.execute([word])
  t.deepEqual(run.emitted, [])
  run.endOfInput()
  t.deepEqual(run.emitted, [
    ['a', 2],
    ['internationalization', 1],
  ])
})

test('a count at each tuple says nothing more at the end', (t) => {
  const run = new BoltRun(new CountBolt())
  run.execute(['a'])
  run.endOfInput()
  t.is(run.emitted.length, 1)
})

test('words that are cut out of a longer text are counted as themselves', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('incomprehensibilities', 'ünïcödé-ünïcödé', '\ud800 lone surrogate', 'a')),
      (words) => {
        const text = words.join('|')
        const run = new BoltRun(new CountBolt({ emit: 'end' }))
        for (const word of text.split('|')) run.execute([word])
        run.endOfInput()
        const expected = new Map<string, number>()
        for (const word of text.split('|')) expected.set(word, (expected.get(word) ?? 0) + 1)
        t.deepEqual(
          run.emitted.map((row) => [...row]),
          [...expected],
        )
      },
    ),
  )
})

test('one can count by a named field', (t) => {
  const bolt = new CountBolt({ field: 'colour' })
  const run = new BoltRun(bolt)
  run.execute(testTuple([1, 'red'], { fields: ['id', 'colour'] }))
  t.deepEqual(run.emitted, [['red', 1]])
  t.deepEqual((bolt.outputs as Fields).names, ['colour', 'count'], 'what it emits is called so too')
  t.throws(() => run.execute(testTuple([1], { fields: ['id'] })), { code: 'UNKNOWN_FIELD' })
})

test('values are counted together where they are the same key, and come out as that', (t) => {
  const run = new BoltRun(new CountBolt({ emit: 'end' }))
  for (const word of [Buffer.from('k'), new Uint8Array([107]), { a: 1, b: 2 }, { b: 2, a: 1 }, 0, -0, '\0', 1n]) {
    run.execute([word])
  }
  run.endOfInput()
  t.deepEqual(run.emitted, [
    [new Uint8Array([107]), 2],
    [{ a: 1, b: 2 }, 2],
    [0, 2],
    ['\0', 1],
    [1n, 1],
  ])
})

test('what cannot be counted is refused', (t) => {
  t.throws(() => emittedFor(new CountBolt(), () => 1), { code: 'CANNOT_ENCODE' })
  t.throws(() => new CountBolt({ emit: 'never' as any }), { code: 'CONSTRUCTOR_FAILED' })
  t.like(
    t.throws(() => new CountBolt({ field: 'count' })),
    { code: 'CONSTRUCTOR_FAILED', where: { path: 'field' } },
  )
})

test('the top is a table, highest first, equal ones by their words', (t) => {
  const counts: [string, number][] = [
    ['b', 2],
    ['the', 139095],
    ['a', 2],
    ['c', 1],
  ]
  t.is(topTable(counts, 3), ['word   count', '────  ──────', 'the   139095', 'a          2', 'b          2'].join('\n'))
  t.is(topTable([], 3), 'word  count\n────  ─────')
})

test.serial('the top bolt prints its table at the end, with the latest count of each word', (t) => {
  const printed: unknown[] = []
  const { log } = console
  console.log = (text: unknown) => printed.push(text)
  t.teardown(() => {
    console.log = log
  })
  const run = new BoltRun(new TopBolt(1))
  run.execute(['a', 1])
  run.execute(['b', 2])
  run.execute(['a', 3])
  t.deepEqual(printed, [])
  run.endOfInput()
  t.deepEqual(printed, ['word  count\n────  ─────\na         3'])
  t.throws(() => new TopBolt(-1), { code: 'CONSTRUCTOR_FAILED' })
})

test('the log bolt logs a tuple on one line', (t) => {
  const run = new BoltRun(new LogBolt())
  run.execute(testTuple(['a', { deep: [1, 'x'.repeat(90)] }], { component: 'split', fields: ['word', 'more'] }))
  run.execute(testTuple([1], { component: 'split', stream: 'errors' }))
  t.deepEqual(run.context.logs, [
    { level: 'info', message: `split { word: 'a', more: { deep: [ 1, '${'x'.repeat(90)}' ] } }` },
    { level: 'info', message: 'split.errors { field1: 1 }' },
  ])
})

test('the identity bolt hands on what it gets, under names of its own, and the null bolt nothing', (t) => {
  const identity = new IdentityBolt('a', 'b')
  t.deepEqual((identity.outputs as { names: readonly string[] } | undefined)?.names, ['a', 'b'])
  const run = new BoltRun(identity)
  run.execute([1, 2])
  t.deepEqual(run.emitted, [[1, 2]])
  t.deepEqual(emittedFor(new NullBolt(), 1), [])
})
