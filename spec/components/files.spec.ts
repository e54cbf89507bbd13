import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { listFiles } from '../../lib/components/files/file-list.ts'
import { LineReader } from '../../lib/components/files/line-reader.ts'
import { TextFile } from '../../lib/components/files/text-file.ts'
import { TyphoonError } from '../../lib/index.ts'
import { fillDisk, folderWith } from './fakes.ts'

const CHUNK = 262_144

/** Lines with the places where they begin and end. */
function linesOf(path: string, offset = 0): [line: string, start: number, end: number][] {
  const reader = new LineReader(path, 'utf8', offset)
  const lines: [string, number, number][] = []
  for (let line = reader.next(); line !== undefined; line = reader.next()) lines.push([line, reader.start, reader.end])
  reader.close()
  return lines
}

test('lines end with \\n or \\r\\n, and the last one may end with neither', (t) => {
  const folder = folderWith(t, { 'a.txt': 'one\r\ntwo\n\nfo\rur\n\r\nlast' })
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
  const folder = folderWith(t, { empty: '', newline: '\n' })
  t.deepEqual(linesOf(join(folder, 'empty')), [])
  t.deepEqual(linesOf(join(folder, 'newline')), [['', 0, 1]])
})

test('lines are the same whatever the border of a chunk cuts through, and from whatever line on one reads', (t) => {
  const folder = folderWith(t)
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

test('a line may have several chunks, and 16 MiB at most', (t) => {
  const folder = folderWith(t, {
    long: `a\n${'b'.repeat(3 * CHUNK)}\nc`,
    tooLong: `a\n${'b'.repeat(17 * 1024 * 1024)}`,
  })
  t.deepEqual(
    linesOf(join(folder, 'long')).map(([line]) => line.length),
    [1, 3 * CHUNK, 1],
  )
  const error = t.throws(() => linesOf(join(folder, 'tooLong')), { instanceOf: TyphoonError })
  t.is(error?.code, 'TUPLE_TOO_LARGE')
  t.regex(error!.message, /tooLong" has a line of more than 16777216 bytes at byte 2$/)
})

test('latin1 is read as such', (t) => {
  const folder = folderWith(t, { a: Buffer.from([0xe4, 0x0a]) })
  const reader = new LineReader(join(folder, 'a'), 'latin1')
  t.is(reader.next(), 'ä')
  reader.close()
})

test('a file that has shrunk below the place to go on from is an error', (t) => {
  const folder = folderWith(t, { a: 'one\ntwo\n' })
  truncateSync(join(folder, 'a'), 3)
  const error = t.throws(() => new LineReader(join(folder, 'a'), 'utf8', 4), { instanceOf: TyphoonError })
  t.regex(error!.message, /has 3 bytes, and 4 of it had been read/)
  t.regex(error!.hint!, /start the topology anew/)
})

test('a pattern or a folder stands for its files, sorted, without hidden ones and folders', (t) => {
  const folder = folderWith(t, {
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
    listFiles(files.map((file) => join(folder, file))).map((file) => file.slice(folder.length + 1))
  t.deepEqual(names('*.txt'), ['B.txt', 'a(1).txt', 'a.txt', 'b.txt', 'link.txt'])
  t.deepEqual(names('a*.txt'), ['a(1).txt', 'a.txt'])
  t.deepEqual(names('a(*).txt'), ['a(1).txt'])
  t.deepEqual(names('.*'), ['.hidden.txt'])
  t.deepEqual(names('.'), ['B.txt', 'a(1).txt', 'a.txt', 'aXtxt', 'b.txt', 'c.md', 'link.txt'])
  t.deepEqual(names('c.md', 'b.txt', '*.md'), ['c.md', 'b.txt', 'c.md'])
  t.deepEqual(listFiles(join(folder, 'c.md')), [join(folder, 'c.md')])
})

test('a file that does not exist, and a pattern that nothing matches, say so', (t) => {
  const folder = folderWith(t)
  const wrong = ['none.txt', '*.txt', 'none/*.txt', '*/a.txt']
  const errors = wrong.map((file) => t.throws(() => listFiles(join(folder, file)), { instanceOf: TyphoonError })!)
  t.deepEqual(
    errors.map(({ code }) => code),
    wrong.map(() => 'FILE_NOT_FOUND' as const),
  )
  t.regex(errors[0]!.message, /none\.txt" cannot be read: ENOENT/)
  t.regex(errors[1]!.message, /no file matches ".*\*\.txt"/)
  t.regex(errors[3]!.message, /\* before its last part/)
  t.true(errors.every(({ hint }) => hint?.includes(process.cwd())))
})

test('a text file that is appended to loses a line that was cut off, and no other', (t) => {
  const folder = folderWith(t, {
    a: `${'x'.repeat(70_000)}\nwhole\ncut o`,
    b: 'cut',
    c: 'x\n',
    long: `1\n${'y'.repeat(150_000)}`,
  })
  const appended = (name: string): string => {
    const file = new TextFile(join(folder, name), true)
    file.write('new\n')
    file.close()
    return readFileSync(join(folder, name), 'utf8')
  }
  t.is(appended('a').slice(70_000), '\nwhole\nnew\n')
  t.is(appended('b'), 'new\n')
  t.is(appended('c'), 'x\nnew\n')
  t.is(appended('long'), '1\nnew\n')
  t.is(appended('none'), 'new\n')
})

test.serial('a text file takes back what it wrote of a text when the disk is full', (t) => {
  const path = join(folderWith(t, {}), 'sub', 'a')
  const file = new TextFile(path, false)
  const makeRoom = fillDisk(t, 7)
  file.write('one\n')
  t.throws(() => file.write('two\nthree\n'), { message: /ENOSPC/ })
  t.is(readFileSync(path, 'utf8'), 'one\n')
  makeRoom()
  file.write('two\nthree\n')
  file.close()
  t.is(readFileSync(path, 'utf8'), 'one\ntwo\nthree\n')
})
