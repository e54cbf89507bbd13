/** Where a FileSpout stands, file by file: what a later run, or a task that has the file then, goes on from. */
import { appendFileSync, copyFileSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { FileSpout, type FileSpoutOptions } from '../../lib/components/index.ts'
import { type Positions, TyphoonError } from '../../lib/index.ts'
import { folderOf } from '../folder.ts'
import { type FakeTask, SpoutRun } from './fakes.ts'

const EXACT = { 'topology.guarantee': 'exactly-once' }

interface Files {
  readonly folder: string
  path(name: string): string
  /** Appends, and lets it look old, so that nobody waits for more of a last line. */
  append(name: string, text: string): void
  /** A spout that goes on from these positions. */
  begin(positions?: Positions, options?: FileSpoutOptions<any>, task?: FakeTask): Promise<SpoutRun>
}

function files(t: ExecutionContext, contents: Record<string, string | Uint8Array>, pattern = '*'): Files {
  const folder = folderOf(t, contents)
  const path = (name: string): string => join(folder, name)
  return {
    folder,
    path,
    append(name, text) {
      appendFileSync(path(name), text)
      utimesSync(path(name), 0, 0)
    },
    async begin(positions, options = {}, task = {}) {
      const run = new SpoutRun(new FileSpout(path(pattern), options), { config: EXACT, ...task })
      if (positions !== undefined) await run.spout.seek?.(structuredClone(positions))
      return run
    },
  }
}

const lines = (run: SpoutRun): string[] => run.drain().map(([line]) => line)
/** The names of the files that it has a place of. */
const pathsIn = (run: SpoutRun): unknown[] =>
  Object.values(run.spout.position?.() ?? {}).map((place) => (place as { path: string }).path)
const codeOf = (error: Error | undefined) => (error instanceof TyphoonError ? error.code : String(error))

test('a later run reads what was appended, and files that are new', async (t) => {
  const { begin, append } = files(t, { a: '1\n2\n', b: '3\n' })
  const first = await begin()
  t.deepEqual(lines(first), ['1', '2', '3'])
  t.deepEqual(lines(await begin(first.spout.position?.())), [])
  append('a', '4\n')
  append('c', '5\n')
  const second = await begin(first.spout.position?.())
  t.deepEqual(lines(second), ['4', '5'])
  t.deepEqual(lines(await begin(second.spout.position?.())), [])
})

test('a file that was renamed is read to its end, then the one that has its name', async (t) => {
  const { begin, append, path } = files(t, { 'app.log': '1\n' }, 'app.log')
  const first = await begin()
  t.deepEqual(lines(first), ['1'])
  append('app.log', '2\n')
  renameSync(path('app.log'), path('app.log.1'))
  append('app.log', '3\n')
  t.deepEqual(lines(await begin(first.spout.position?.())), ['2', '3'])
})

test('what is packed is not unpacked again where it was read, and read on where it has grown', async (t) => {
  const { begin, path } = files(t, { 'a.gz': gzipSync('1\n2\n'), b: '3\n' })
  const first = await begin()
  const got: string[] = []
  while (!first.spout.isExhausted?.()) {
    await first.spout.nextTuple()
    got.push(...first.emitted.splice(0).map(({ values }) => values[0]))
  }
  t.deepEqual(got, ['1', '2', '3'])
  const position = first.spout.position?.()
  t.deepEqual(lines(await begin(position)), [])
  appendFileSync(path('a.gz'), gzipSync('4\n'))
  const second = await begin(position)
  for (let call = 0; call < 20; call++) await second.spout.nextTuple()
  t.deepEqual(
    second.emitted.map(({ values }) => values[0]),
    ['4'],
  )
})

for (const [what, change, code] of [
  ['cut', ({ path }: Files) => truncateSync(path('a'), 2), 'INPUT_CHANGED'],
  ['written anew', ({ path }: Files) => writeFileSync(path('a'), 'x\ny\nz\n1\n2\n'), 'INPUT_CHANGED'],
  ['removed', ({ path }: Files) => rmSync(path('a')), 'PARTITION_GONE'],
] as const) {
  test(`a run does not begin where a file that is not read to its end was ${what}`, async (t) => {
    const all = files(t, { a: '1\n2\n3\n', b: '4\n' })
    const first = await all.begin()
    t.deepEqual([first.next(), first.next()], [[['1']], [['2']]])
    const position = first.spout.position?.()
    change(all)
    t.is(codeOf(await t.throwsAsync(all.begin(position))), code)
  })
}

test('a file that was read to its end may be removed', async (t) => {
  const { begin, path } = files(t, { a: '1\n', b: '2\n' })
  const first = await begin()
  t.deepEqual(lines(first), ['1', '2'])
  rmSync(path('a'))
  const second = await begin(first.spout.position?.())
  t.deepEqual(lines(second), [])
  t.deepEqual(pathsIn(second), [path('b')])
})

test('files go on where they were left when there are more tasks, or fewer', async (t) => {
  const contents = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`f${n}`, `${n} a\n${n} b\n${n} c\n`]))
  const { begin } = files(t, contents)
  let positions: Positions | undefined
  const got: string[] = []
  for (const [tasks, each] of [
    [2, 4],
    [5, 2],
    [1, 6],
    [3, 100],
  ] as const) {
    const all = await Promise.all(
      Array.from({ length: tasks }, (_, taskIndex) => begin(positions, {}, { taskIndex, tasks })),
    )
    for (const run of all) for (let call = 0; call < each; call++) got.push(...run.next().map(([line]) => line))
    positions = Object.assign({}, ...all.map(({ spout }) => spout.position?.()))
  }
  t.deepEqual(
    got.sort(),
    Object.values(contents)
      .flatMap((text) => text.trimEnd().split('\n'))
      .sort(),
  )
})

test('whole files come once, also in a later run', async (t) => {
  const { begin, append, path } = files(t, { a: '1', b: '2' })
  const first = await begin(undefined, { mode: 'whole' })
  t.deepEqual(first.next(), [[path('a'), '1']])
  append('c', '3')
  const second = await begin(first.spout.position?.(), { mode: 'whole' })
  t.deepEqual(second.drain(), [
    [path('b'), '2'],
    [path('c'), '3'],
  ])
})

// ── follow ──

/** What it emits now that a while has passed. */
function later(run: SpoutRun): string[] {
  run.context.advance(300)
  return lines(run)
}

test('with follow it waits for lines, for whole ones, and for files', async (t) => {
  const { begin, append } = files(t, {})
  const run = await begin(undefined, { follow: true })
  t.deepEqual(lines(run), [])
  append('b', '1\n2')
  t.deepEqual(later(run), ['1'])
  append('b', ' and more\n')
  append('a', '3\n')
  t.deepEqual(later(run).sort(), ['2 and more', '3'])
  t.deepEqual(later(run), [])
  t.false(run.spout.isExhausted?.())
  t.deepEqual(later(await begin(run.spout.position?.(), { follow: true })), [])
})

test('with follow a file that is renamed is read to its end, and one that is cut from its beginning', async (t) => {
  const { begin, append, path } = files(t, { 'app.log': '1\n' }, 'app.log')
  const run = await begin(undefined, { follow: true })
  t.deepEqual(lines(run), ['1'])
  append('app.log', '2\n')
  renameSync(path('app.log'), path('app.log.1'))
  append('app.log', '3\n')
  t.deepEqual([...later(run), ...later(run)], ['2', '3'])
  copyFileSync(path('app.log'), path('app.log.2'))
  truncateSync(path('app.log'), 0)
  t.deepEqual(later(run), [])
  append('app.log', '4\n')
  t.deepEqual([...later(run), ...later(run)], ['4'])
})

test('with follow a folder is a source of whole files, each once', async (t) => {
  const { begin, append, path } = files(t, { a: '1' })
  const run = await begin(undefined, { follow: true, mode: 'whole' })
  t.deepEqual(run.drain(), [[path('a'), '1']])
  append('c', '3')
  append('b', '2')
  run.context.advance(300)
  t.deepEqual(run.drain(), [
    [path('b'), '2'],
    [path('c'), '3'],
  ])
  run.context.advance(300)
  t.deepEqual(run.drain(), [])
})

test('whatever is appended, renamed and begun again, each line comes once, and those of a file in their order', async (t) => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), file: fc.nat(2) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('read', 'begin', 'later'), file: fc.nat(2) }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { begin, append } = files(t, {})
      const written: string[][] = [[], [], []]
      const got: string[] = []
      let run = await begin(undefined, { follow: true })
      for (const { do: what, file } of steps) {
        if (what === 'append') {
          const line = `${file} ${written[file]!.length}`
          written[file]!.push(line)
          append(`f${file}`, `${line}\n`)
        } else if (what === 'read') got.push(...run.next().map(([line]) => line))
        else if (what === 'begin') run = await begin(run.spout.position?.(), { follow: true })
        else got.push(...later(run))
      }
      got.push(...later(run), ...later(run))
      for (const [file, expected] of written.entries())
        t.deepEqual(
          got.filter((line) => line.startsWith(`${file} `)),
          expected,
        )
    }),
    { numRuns: 60 },
  )
})
