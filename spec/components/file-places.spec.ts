/** Where a FileSpout stands, file by file: what a later run, or a task that has the file then, goes on from. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  linkSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
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
  let time = 0
  return {
    folder,
    path,
    append(name, text) {
      appendFileSync(path(name), text)
      utimesSync(path(name), ++time, time)
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

test('a file that gets another name in its folder is no new one, and what takes its name is', async (t) => {
  const { begin, append, path } = files(t, { a: '1\n2\n3\n' })
  const first = await begin()
  t.deepEqual(first.next(), [['1']])
  renameSync(path('a'), path('b'))
  append('a', '4\n')
  const second = await begin(first.spout.position?.())
  t.deepEqual(lines(second).sort(), ['2', '3', '4'])
  renameSync(path('b'), path('c'))
  linkSync(path('a'), path('d'))
  rmSync(path('a'))
  append('c', '5\n')
  t.deepEqual(lines(await begin(second.spout.position?.())), ['5'])
})

for (const mode of ['lines', 'whole'] as const) {
  test(`files that were copied back under their names are no new ones (${mode})`, async (t) => {
    const { begin, path } = files(t, { a: 'a\n', b: 'b\n', c: 'c\n' })
    const first = await begin(undefined, { mode })
    t.is(first.drain().length, 3)
    const names = ['a', 'b', 'c'].map(path)
    for (const name of names) copyFileSync(name, `${name}.kept`)
    for (const name of names) rmSync(name)
    // In another order, so that identities may be exchanged.
    for (const name of names.reverse()) renameSync(`${name}.kept`, name)
    t.deepEqual((await begin(first.spout.position?.(), { mode })).drain(), [])
  })
}

test('a whole file that was renamed does not come again, and one that has taken its name comes', async (t) => {
  const { begin, append, path } = files(t, { a: '1' })
  const first = await begin(undefined, { mode: 'whole' })
  t.deepEqual(first.drain(), [[path('a'), '1']])
  renameSync(path('a'), path('b'))
  append('a', '2 and other')
  t.deepEqual((await begin(first.spout.position?.(), { mode: 'whole' })).drain(), [[path('a'), '2 and other']])
})

test('files that had a name between two looks are read, in their order, also by a later run', async (t) => {
  const { begin, append, path } = files(t, { 'app.log': 'a\n' }, 'app.log')
  const rotate = (line: string): void => {
    for (const n of [3, 2, 1])
      if (existsSync(path(`app.log.${n}`))) renameSync(path(`app.log.${n}`), path(`app.log.${n + 1}`))
    renameSync(path('app.log'), path('app.log.1'))
    append('app.log', line)
  }
  append('app.log.err', 'no line of this log\n')
  const first = await begin()
  t.deepEqual(lines(first), ['a'])
  rotate('b\n')
  rotate('c\n')
  const second = await begin(first.spout.position?.(), { follow: true })
  t.deepEqual(lines(second), ['b', 'c'])
  append('app.log', 'd\n')
  rotate('e\n')
  rotate('f\n')
  const here = [...later(second), ...later(second)]
  t.deepEqual(here, ['d', 'e', 'f'])
  append('app.log', 'g\n')
  rotate('h\n')
  rotate('i\n')
  t.deepEqual(lines(await begin(second.spout.position?.())), ['g', 'h', 'i'])
})

test('a file that was read to its end and then written anew is a new one', async (t) => {
  const { begin, path } = files(t, { a: '1\n2\n' })
  const first = await begin()
  t.deepEqual(lines(first), ['1', '2'])
  writeFileSync(path('a'), '3\n')
  utimesSync(path('a'), 1, 1)
  t.deepEqual(lines(await begin(first.spout.position?.())), ['3'])
})

test('what goes on in the last line that was read without a line break is no new file', async (t) => {
  const { begin, append } = files(t, {})
  append('a', '1\n2')
  const first = await begin()
  t.deepEqual(lines(first), ['1', '2'])
  append('a', '3\n')
  t.is(codeOf(await t.throwsAsync(begin(first.spout.position?.()))), 'INPUT_CHANGED')
})

test('places that an earlier version has kept by names are gone on from', async (t) => {
  const { begin, append, path } = files(t, { a: '1\n2\n' })
  const first = await begin()
  t.deepEqual(lines(first), ['1', '2'])
  const [{ path: _, ...place }] = Object.values(first.spout.position?.() ?? {}) as [{ path: string }]
  append('a', '3\n')
  t.deepEqual(lines(await begin({ [path('a')]: place })), ['3'])
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

test('with follow a file that is not there yet is waited for, which is said once', async (t) => {
  const { begin, append } = files(t, {}, 'named')
  const run = await begin(undefined, { follow: true })
  t.deepEqual(later(run), [])
  t.deepEqual(
    run.context.logs.map(({ level }) => level),
    ['warn'],
  )
  append('named', '1\n')
  t.deepEqual(later(run), ['1'])
  t.is(run.context.logs.length, 1)
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

type Act = { readonly do: 'append' | 'rotate' | 'link' | 'read' | 'begin' | 'later'; readonly file: number }

const act: fc.Arbitrary<Act> = fc.record({
  do: fc.oneof(
    { weight: 4, arbitrary: fc.constant('append' as const) },
    { weight: 2, arbitrary: fc.constantFrom('rotate' as const, 'link' as const) },
    { weight: 4, arbitrary: fc.constantFrom('read' as const, 'begin' as const, 'later' as const) },
  ),
  file: fc.nat(2),
})

for (const tasks of [1, 3]) {
  const title = `${tasks} tasks: whatever is appended, renamed and begun again, each line comes once`
  test(title, async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        const { begin, append, path } = files(t, {})
        const written: string[][] = [[], [], []]
        const got: string[] = []
        const beginAll = (positions?: Positions): Promise<SpoutRun[]> =>
          Promise.all(
            Array.from({ length: tasks }, (_, taskIndex) => begin(positions, { follow: true }, { taskIndex, tasks })),
          )
        const allLater = (): void => {
          for (const run of runs) got.push(...later(run))
        }
        let runs = await beginAll()
        for (const { do: what, file } of acts) {
          const name = `f${file}`
          if (what === 'append') {
            const line = `${file} ${written[file]!.length}`
            written[file]!.push(line)
            append(name, `${line}\n`)
          } else if (what === 'rotate') {
            // What a rotation removes is lost.
            if (existsSync(path(`${name}.4`))) continue
            for (const n of [3, 2, 1, 0]) {
              const from = n === 0 ? name : `${name}.${n}`
              if (existsSync(path(from))) renameSync(path(from), path(`${name}.${n + 1}`))
            }
          } else if (what === 'link') {
            // It gets a name that comes before the others.
            if (!existsSync(path(name))) continue
            const other = `a${written.flat().length}.${file}`
            if (existsSync(path(other))) continue
            linkSync(path(name), path(other))
            rmSync(path(name))
          } else if (what === 'read') got.push(...runs[file % tasks]!.next().map(([line]) => line))
          else if (what === 'begin')
            runs = await beginAll(Object.assign({}, ...runs.map(({ spout }) => spout.position?.())))
          else allLater()
        }
        for (let n = 0; n < 12; n++) allLater()
        t.deepEqual(got.sort(), written.flat().sort())
      }),
      { numRuns: 80 },
    )
  })
}
