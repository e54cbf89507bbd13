import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { listFiles } from '../../lib/components/files/input/file-list.ts'
import { InputFile } from '../../lib/components/files/input/input-file.ts'
import { LineReader, type LongLine, type ReaderEvents } from '../../lib/components/files/input/line-reader.ts'
import { TyphoonError } from '../../lib/index.ts'
import { folderOf } from '../folder.ts'

const CHUNK = 262_144

const silent: ReaderEvents = { longLine: () => {}, invalid: () => {} }

/** Lines with the places where they begin and end. */
function linesOf(
  path: string,
  offset = 0,
  encoding = 'utf-8',
  events: ReaderEvents = silent,
): [line: string, start: number, end: number][] {
  const file = InputFile.open(path)
  const reader = new LineReader(file, encoding, { from: offset }, events)
  const lines: [string, number, number][] = []
  for (let line = reader.next(); line !== undefined; line = reader.next()) lines.push([line, reader.start, reader.end])
  const rest = reader.rest()
  if (rest !== undefined) lines.push([rest, reader.start, reader.end])
  file.close()
  return lines
}

test('lines end with \\n or \\r\\n, and the last one may end with neither', (t) => {
  const folder = folderOf(t, { 'a.txt': 'one\r\ntwo\n\nfo\rur\n\r\nlast' })
  t.deepEqual(linesOf(join(folder, 'a.txt')), [
    ['one', 0, 5],
    ['two', 5, 9],
    ['', 9, 10],
    ['fo\rur', 10, 16],
    ['', 16, 18],
    ['last', 18, 22],
  ])
})

test('an empty file has no line, and one line break is one empty line', (t) => {
  const folder = folderOf(t, { empty: '', newline: '\n' })
  t.deepEqual(linesOf(join(folder, 'empty')), [])
  t.deepEqual(linesOf(join(folder, 'newline')), [['', 0, 1]])
})

test('lines are the same whatever the border of a chunk cuts through, and from whatever line on one reads', (t) => {
  const folder = folderOf(t)
  const path = join(folder, 'text')
  const piece = fc.oneof(
    fc.constantFrom('\n', '\r\n', '\r', 'ä', '€', '😀', 'x'),
    fc.string({ unit: 'grapheme', maxLength: 5 }),
  )
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(
      text,
      text,
      fc.integer({ min: CHUNK - 40, max: CHUNK + 5 }),
      fc.nat(100),
      (before, after, filler, from) => {
        const content = `${before}${'x'.repeat(filler)}${after}`
        writeFileSync(path, content)
        const expected = content.split('\n').map((line) => line.replace(/\r$/, ''))
        if (content.endsWith('\n') || content === '') expected.pop()
        else expected[expected.length - 1] = content.split('\n').at(-1)!
        const lines = linesOf(path)
        const last = lines.at(-1)
        // A last line without \n keeps what precedes it but a final \r, as all others.
        if (last !== undefined && !content.endsWith('\n'))
          expected[expected.length - 1] = expected.at(-1)!.replace(/\r$/, '')
        t.deepEqual(
          lines.map(([line]) => line),
          expected,
        )
        const at = from % lines.length
        t.deepEqual(linesOf(path, lines[at]![1]), lines.slice(at))
        return lines.every(([, start], index) => start === (index === 0 ? 0 : lines[index - 1]![2]))
      },
    ),
    { numRuns: 40 },
  )
})

test('a line may have several blocks, and one of more than 16 MiB is left out and told, wherever it stands', (t) => {
  const long = 'b'.repeat(17 * 1024 * 1024)
  const folder = folderOf(t, {
    long: `a\n${'b'.repeat(3 * CHUNK)}\nc`,
    first: `${long}\na\n`,
    between: `a\n${long}\nc`,
    last: `a\n${long}`,
  })
  t.deepEqual(
    linesOf(join(folder, 'long')).map(([line]) => line.length),
    [1, 3 * CHUNK, 1],
  )
  const told: LongLine[] = []
  const read = (name: string): unknown[] => [
    linesOf(join(folder, name), 0, 'utf-8', { ...silent, longLine: (line) => told.push(line) }).map(([line]) => line),
    ...told.splice(0).map(({ from, to, text, error }) => [from, to, text.length, error.code]),
  ]
  const { length } = long
  t.deepEqual(read('first'), [['a'], [0, length + 1, 256, 'TUPLE_TOO_LARGE']])
  t.deepEqual(read('between'), [
    ['a', 'c'],
    [2, length + 3, 256, 'TUPLE_TOO_LARGE'],
  ])
  t.deepEqual(read('last'), [['a'], [2, length + 2, 256, 'TUPLE_TOO_LARGE']])
})

test('the encoding is the one that is named, and a byte order mark wins and is no part of the text', (t) => {
  const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')
  const swapped = (text: string): Buffer => utf16(text).swap16()
  const text = 'ä€\r\n😀ਊ\n\nx'
  const lines = ['ä€', '😀ਊ', '', 'x']
  const folder = folderOf(t, {
    utf8: `\uFEFF${text}`,
    little: utf16(`\uFEFF${text}`),
    big: swapped(`\uFEFF${text}`),
    unmarked: utf16(text),
    latin1: Buffer.from([0xe4, 0x80, 0x0a]),
    japanese: Buffer.from([0x83, 0x5c, 0x0a, 0x61]),
    mark: '\uFEFF',
  })
  const read = (name: string, encoding = 'utf-8'): string[] =>
    linesOf(join(folder, name), 0, encoding).map(([line]) => line)
  for (const name of ['utf8', 'little', 'big']) {
    t.deepEqual(read(name), lines, name)
    t.deepEqual(read(name, 'latin1'), lines, name)
  }
  t.deepEqual(read('unmarked', 'utf-16le'), lines)
  t.deepEqual(read('latin1', 'latin1'), ['ä\x80'])
  t.deepEqual(read('latin1', 'windows-1252'), ['ä€'])
  t.deepEqual(read('japanese', 'shift_jis'), ['ソ', 'a'])
  t.deepEqual(read('mark'), [])
  const [, second] = linesOf(join(folder, 'big'))
  t.deepEqual(
    linesOf(join(folder, 'big'), second![1]).map(([line]) => line),
    lines.slice(1),
  )
})

test('what is no text in its encoding is counted, told once with its place, and replaced', (t) => {
  const folder = folderOf(t, {
    utf8: Buffer.concat([
      Buffer.from('ok �\nä'),
      Buffer.from([0xff, 0x41, 0xc3]),
      Buffer.from('\n'),
      Buffer.from([0x80]),
    ]),
    half: Buffer.from([0xff, 0xfe, 0x3d, 0xd8, 0x0a, 0x00]),
  })
  const told: unknown[] = []
  const events = { ...silent, invalid: (count: number, error: any) => told.push([count, error?.code, error?.message]) }
  t.deepEqual(
    linesOf(join(folder, 'utf8'), 0, 'utf-8', events).map(([line]) => line),
    ['ok �', 'ä�A�', '�'],
  )
  t.deepEqual(
    told.map((entry: any) => entry.slice(0, 2)),
    [
      [2, 'INVALID_TEXT'],
      [1, undefined],
    ],
  )
  t.regex((told as any)[0][2], /utf8".* utf-8 .*\b7\b/)
  told.length = 0
  linesOf(join(folder, 'half'), 0, 'utf-8', events)
  t.is((told as any)[0][0], 1)
})

test('UTF-16 is read the same whatever the border of a block cuts through', (t) => {
  const path = join(folderOf(t), 'text')
  const piece = fc.constantFrom('\n', '\r\n', 'ਊ', '\u0a0d', '\u0d0a', '😀', 'x')
  fc.assert(
    fc.property(
      fc.array(piece),
      fc.integer({ min: CHUNK / 2 - 20, max: CHUNK / 2 + 5 }),
      fc.boolean(),
      (pieces, filler, isBig) => {
        const text = `${'y'.repeat(filler)}${pieces.join('')}\nend`
        const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le')
        writeFileSync(path, isBig ? bytes.swap16() : bytes)
        t.deepEqual(
          linesOf(path).map(([line]) => line),
          text.split('\n').map((line) => line.replace(/\r$/, '')),
        )
      },
    ),
    { numRuns: 20 },
  )
})

test('a file that was cut, or cut and written anew, while it is read is told, and no line is made of both', (t) => {
  const line = 'x'.repeat(99)
  const path = join(folderOf(t, { a: `${line}\n`.repeat(10_000) }), 'a')
  for (const change of [
    () => truncateSync(path, 100_000),
    () => writeFileSync(path, `${'y'.repeat(99)}\n`.repeat(10_000)),
  ]) {
    writeFileSync(path, `${line}\n`.repeat(10_000))
    const file = InputFile.open(path)
    const reader = new LineReader(file, 'utf-8', { from: 0 }, silent)
    t.is(reader.next(), line)
    change()
    const read = (): void => {
      for (let next = reader.next(); next !== undefined; next = reader.next()) t.is(next, line)
    }
    t.throws(read, { code: 'INPUT_CHANGED' })
    t.is(file.seenSize, 1_000_000)
    file.close()
  }
})

test('a pattern or a folder stands for its files, sorted, without hidden ones and folders', (t) => {
  const folder = folderOf(t, {
    'b.txt': '',
    'a.txt': '',
    'B.txt': '',
    'c.md': '',
    '.hidden.txt': '',
    'a(1).txt': '',
    aXtxt: '',
  })
  mkdirSync(join(folder, 'd.txt'))
  symlinkSync(join(folder, 'a.txt'), join(folder, 'link.txt'))
  const names = (...files: string[]) =>
    listFiles(files.map((file) => join(folder, file))).map(({ path }) => path.slice(folder.length + 1))
  t.deepEqual(names('*.txt'), ['B.txt', 'a(1).txt', 'a.txt', 'b.txt'], 'a link to a file of the list is the same file')
  t.deepEqual(names('a*.txt'), ['a(1).txt', 'a.txt'])
  t.deepEqual(names('a(*).txt'), ['a(1).txt'])
  t.deepEqual(names('.*'), ['.hidden.txt'])
  t.deepEqual(names('.'), ['B.txt', 'a(1).txt', 'a.txt', 'aXtxt', 'b.txt', 'c.md'])
  t.deepEqual(names('c.md', 'b.txt', '*.md'), ['c.md', 'b.txt'])
  t.deepEqual(
    listFiles(join(folder, 'c.md')).map(({ path, number }) => ({ path, number })),
    [{ path: join(folder, 'c.md'), number: 0 }],
  )
})

test('a file that does not exist, and a pattern that nothing matches, say so', (t) => {
  const folder = folderOf(t)
  const wrong = ['none.txt', '*.txt', 'none/*.txt', '*/a.txt']
  const errors = wrong.map((file) => t.throws(() => listFiles(join(folder, file)), { instanceOf: TyphoonError })!)
  t.deepEqual(
    errors.map(({ code }) => code),
    wrong.map(() => 'FILE_NOT_FOUND' as const),
  )
  t.true(errors.every(({ hint }) => hint?.includes(process.cwd())))
})
