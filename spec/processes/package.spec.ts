/**
 * What is packed: which files, and how those see it who install it: a package manager, a bundler, and compilers of
 * several kinds.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import test from 'ava'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { sharedFolder } from '../folder.ts'

const ROOT = join(import.meta.dirname, '../../..')
const run = promisify(execFile)

const folder = sharedFolder()

/** What `npm pack` has made. */
interface Packed {
  /** The archive. */
  readonly path: string
  /** What is in it, relative to the repository. */
  readonly files: readonly string[]
}

const packed: Promise<Packed> = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
  cwd: ROOT,
}).then(({ stdout }) => {
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }]
  return { path: join(folder, filename), files: files.map(({ path }) => path) }
})

interface Manifest {
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

test('the package holds every file that its manifest names, and those that it starts by path', async (t) => {
  const { files } = await packed
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest
  const named = [
    ...Object.values(manifest.bin),
    ...Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    ),
  ].map((path) => path.replace(/^\.\//, ''))
  t.true(named.length >= 5)
  const started = ['dist/lib/run/start-worker.js', 'dist/lib/worker/process/watchdog.js']
  t.deepEqual(
    [...named, ...started].filter((path) => !files.includes(path)),
    [],
  )
})

test('the package contains what a user needs and nothing else', async (t) => {
  const paths = (await packed).files
  const needed = [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'package.json',
    'docs/topology.schema.json',
    'docs/errors.md',
    'docs/configuration.md',
    'multilang/python/storm.py',
    'multilang/javascript/storm.js',
    'multilang/ruby/storm.rb',
    'multilang/go/storm.go',
    'topologies/ten-words.ts',
    'topologies/clicks.yaml',
    'topologies/clicks.mjs',
    'topologies/resources/package.json',
    'topologies/resources/split.py',
  ]
  const entries = [
    'bin/typhoon.js',
    'lib/index.js',
    'lib/index.d.ts',
    'lib/components/index.js',
    'lib/multilang/index.js',
    'lib/testing/index.js',
    'lib/run/start-worker.js',
    'lib/worker/process/watchdog.js',
  ]
  t.deepEqual(
    [...needed, ...entries.map((path) => `dist/${path}`)].filter((path) => !paths.includes(path)),
    [],
  )
  t.deepEqual(
    paths.filter(
      (path) =>
        !/^(?:dist\/(?:lib|bin)|docs|multilang|topologies)\/|^[A-Z]+(?:\.md)?$|^(?:package\.json|Containerfile|compose\.yaml)$/.test(
          path,
        ),
    ),
    [],
  )
  t.deepEqual(
    paths.filter(
      (path) =>
        path.startsWith('dist/') &&
        // Those of the page are made of all its sources, and named by what is in them.
        !path.startsWith('dist/lib/ui/page/assets/') &&
        !existsSync(join(ROOT, path.slice(5).replace(/\.d\.ts$|\.js$/, '.ts'))),
    ),
    [],
    'left over from an older build: remove dist and build anew',
  )
})

/** Examples that are tried where the package is installed, and what the command says then. */
const EXAMPLES: readonly (readonly [command: string, file: string, said: RegExp])[] = [
  ['run', 'ten-words.ts', /^to +2$/m],
  ['run', 'clicks.yaml', /^clicks +1 +[1-9]/m],
  ['validate', 'multilang-storm.yaml', /is valid/],
  ['validate', 'trident-ten-words.ts', /is valid/],
]

test('the examples run where the package is installed', async (t) => {
  const home = await consumer('installed/examples', true)
  // What the package depends on is found one folder above.
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'installed/node_modules'))
  const installed = join('node_modules', 'typhoon')
  for (const [command, file, said] of EXAMPLES) {
    const args = [join(installed, 'dist/bin/typhoon.js'), command, join(installed, 'topologies', file)]
    const { stdout, stderr } = await run(process.execPath, args, { cwd: home })
    t.regex(stdout + stderr, said, file)
  }
})

test('where the package is installed, an image of it is packed again, with all that is in it', async (t) => {
  const installed = join(await consumer('packed-again', true), 'node_modules/typhoon')
  const { stdout } = await run('npm', ['pack', '--silent', '--json', '--pack-destination', installed], {
    cwd: installed,
  })
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  t.deepEqual(files.map(({ path }) => path).sort(), [...(await packed).files].sort())
})

const EVERYTHING = `
import { BasicBolt, type BasicOutputCollector, fields, number, type RowOf, string, TopologyBuilder, type Tuple } from 'typhoon'
import * as components from 'typhoon/components'
import * as drpc from 'typhoon/drpc'
import * as joins from 'typhoon/joins'
import * as multilang from 'typhoon/multilang'
import * as testing from 'typhoon/testing'
import * as trident from 'typhoon/trident'
import * as windows from 'typhoon/windows'

const WORD = fields({ word: string, count: number })
type Word = RowOf<typeof WORD>
class Count extends BasicBolt<{ line: string }, Word> {
  readonly outputs = WORD
  execute(tuple: Tuple<{ line: string }>, collector: BasicOutputCollector<Word>): void {
    collector.emit({ word: tuple.get('line'), count: 1 })
    collector.emit([tuple.get('line'), 1])
  }
}
const builder = new TopologyBuilder('t', { 'topology.workers': 2 })
const lines = builder.setSpout('lines', () => new components.FileSpout('a'))
builder.setBolt('count', () => new Count()).shuffleGrouping(lines)
export { builder, drpc, joins, multilang, testing, trident, windows }
`

const RUNNING = `
import { run } from 'typhoon/run'
export const running = run('topology.yaml', { signal: new AbortController().signal, config: { 'topology.workers': 2 } })
export const ended: Promise<void> = running[Symbol.asyncDispose]()
`

/** A folder with the package unpacked in it, and its dependencies at hand. */
async function consumer(name: string, withNode: boolean): Promise<string> {
  const home = join(folder, name)
  const modules = join(home, 'node_modules')
  mkdirSync(join(modules, 'typhoon'), { recursive: true })
  await run('tar', ['-xzf', (await packed).path, '-C', join(modules, 'typhoon'), '--strip-components=1'])
  symlinkSync(join(ROOT, 'node_modules/@standard-schema'), join(modules, '@standard-schema'))
  if (withNode) {
    mkdirSync(join(modules, '@types'))
    for (const types of ['@types/node', 'undici-types'])
      symlinkSync(join(ROOT, 'node_modules', types), join(modules, types))
  }
  writeFileSync(join(home, 'package.json'), '{ "type": "module" }')
  // Whoever runs a topology does so in Node.js.
  writeFileSync(join(home, 'all.ts'), withNode ? `${EVERYTHING}${RUNNING}` : EVERYTHING)
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022'],
    module: 'nodenext',
    strict: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    preserveSymlinks: true,
    noEmit: true,
    types: withNode ? ['node'] : [],
  }
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['all.ts'] }))
  return home
}

async function compiled(home: string): Promise<string> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  try {
    return (await run(process.execPath, [tsc, '-p', home])).stdout
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

for (const withNode of [true, false]) {
  test(`the declarations compile by themselves, exact optional properties too, ${withNode ? 'with' : 'without'} the types of Node.js`, async (t) => {
    t.is(await compiled(await consumer(withNode ? 'with' : 'without', withNode)), '')
  })
}

test('publint has nothing to say of the package', async (t) => {
  const bytes = readFileSync((await packed).path)
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
  t.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  )
})

// The package is one of ES modules, for resolutions that know `exports`: Node.js takes those in `require` as well from
// 20.19 on.
const NOT_FOR = ['node10', 'node16-cjs']

test('are the types wrong? They are not', async (t) => {
  const checked = await checkPackage(createPackageFromTarballData(readFileSync((await packed).path)))
  t.truthy(checked.types)
  const problems = 'problems' in checked ? checked.problems : []
  const ours = problems.filter((problem) => !('resolutionKind' in problem) || !NOT_FOR.includes(problem.resolutionKind))
  t.deepEqual(ours, [])
})
