import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { AppendFile } from '../../lib/components/files/append-file.ts'
import { claimFile } from '../../lib/components/files/claim.ts'
import { listFiles } from '../../lib/components/files/file-list.ts'
import { LineReader } from '../../lib/components/files/line-reader.ts'
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

test('a file whose writer died keeps its whole lines, and what was there before it', (t) => {
  const folder = folderWith(t, {
    a: `${'x'.repeat(70_000)}\nwhole\ncut o`,
    b: 'cut',
    c: 'x\n',
    long: `1\n${'y'.repeat(150_000)}`,
    theirs: 'no line break',
  })
  const appended = (name: string, from = 0): string => {
    const file = new AppendFile(join(folder, name))
    file.cutTornLine(from)
    file.write('new\n')
    file.close()
    return readFileSync(join(folder, name), 'utf8')
  }
  t.is(appended('a').slice(70_000), '\nwhole\nnew\n')
  t.is(appended('b'), 'new\n')
  t.is(appended('c'), 'x\nnew\n')
  t.is(appended('long'), '1\nnew\n')
  t.is(appended('none'), 'new\n')
  t.is(appended('theirs', 13), 'no line break\nnew\n')
})

test('two that append to one file lose nothing, and each text begins on a line of its own', (t) => {
  const path = join(folderWith(t, { a: 'torn' }), 'a')
  const [one, two] = [new AppendFile(path), new AppendFile(path)]
  one.write('one\n')
  two.write('two\n')
  t.is(one.look(), 'grown')
  appendFileSync(path, 'torn')
  one.write('three\n')
  t.is(readFileSync(path, 'utf8'), 'torn\none\ntwo\ntorn\nthree\n')
  t.is(one.look(), 'same')
  truncateSync(path, 0)
  t.is(one.look(), 'shrunk')
  one.write('four\n')
  t.is(readFileSync(path, 'utf8'), 'four\n', 'there is no hole where the file was cut')
  renameSync(path, `${path}.1`)
  t.is(one.look(), 'moved')
  t.false(one.isRemoved)
  rmSync(`${path}.1`)
  t.true(one.isRemoved)
  for (const file of [one, two]) file.close()
})

test.serial('what was written of a text is taken back when the disk is full', (t) => {
  const path = join(folderWith(t, {}), 'sub', 'a')
  const file = new AppendFile(path)
  const makeRoom = fillDisk(t, 7)
  file.write('one\n')
  t.throws(() => file.write('two\nthree\n'), { message: /ENOSPC/ })
  t.is(readFileSync(path, 'utf8'), 'one\n')
  makeRoom()
  file.write('two\nthree\n')
  file.close()
  t.is(readFileSync(path, 'utf8'), 'one\ntwo\nthree\n')
})

test('a pipe that nobody reads is an error and not an endless wait', (t) => {
  const path = join(folderWith(t), 'pipe')
  execFileSync('mkfifo', [path])
  t.throws(() => new AppendFile(path), { code: 'ENXIO' })
})

test('a file has one writer, by whatever name one knows it, until its claim ends', (t) => {
  const folder = folderWith(t, { a: '' })
  const path = join(folder, 'a')
  symlinkSync('a', join(folder, 'soft'))
  linkSync(path, join(folder, 'hard'))
  const names = ['a', 'soft', 'hard', `../${basename(folder)}/a`]
  const claim = (name: string, task: number): (() => void) => {
    const file = openSync(join(folder, name), 'a')
    t.teardown(() => closeSync(file))
    return claimFile(file, name, { topology: 'test', component: 'sink', task }, (message) => t.fail(message))
  }
  const end = claim('a', 1)
  for (const name of names) t.throws(() => claim(name, 2), { code: 'OUTPUT_IN_USE', message: /task 1 of "sink"/ })
  t.notThrows(() => claim('hard', 1), 'a task that was started anew in the same process gives way to itself')
  end()
  const second = claim('soft', 2)
  t.throws(() => claim('a', 1), { code: 'OUTPUT_IN_USE' })
  second()
})

test('what a killed process had claimed is free', async (t) => {
  const path = join(folderWith(t, { a: '' }), 'a')
  const module = new URL('../../lib/components/files/claim.js', import.meta.url).href
  const writer = { topology: 'test', component: 'other', task: 7 }
  const script = `const { claimFile } = await import(${JSON.stringify(module)})
    claimFile(3, 'a', ${JSON.stringify(writer)}, console.error); console.log('claimed'); setInterval(() => {}, 1000)`
  const file = openSync(path, 'a')
  t.teardown(() => closeSync(file))
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit', file],
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout!, 'data')
  const claim = (): (() => void) =>
    claimFile(file, path, { ...writer, component: 'sink' }, (message) => t.fail(message))
  t.throws(claim, { code: 'OUTPUT_IN_USE', message: /task 7 of "other".*process \d+/ })
  child.kill('SIGKILL')
  await once(child, 'exit')
  claim()()
})
