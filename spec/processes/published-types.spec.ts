/** What is packed, as those see it who install it: a package manager, a bundler, and compilers of several kinds. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import test from 'ava'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const ROOT = join(import.meta.dirname, '../../..')
const run = promisify(execFile)

const folder = mkdtempSync(join(tmpdir(), 'typhoon-package-'))
const packed = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: ROOT }).then(
  ({ stdout }) => join(folder, (JSON.parse(stdout) as [{ filename: string }])[0].filename),
)

test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const EVERYTHING = `
import { BasicBolt, type BasicOutputCollector, fields, number, type RowOf, string, TopologyBuilder, type Tuple } from 'typhoon'
import * as components from 'typhoon/components'
import * as drpc from 'typhoon/drpc'
import * as multilang from 'typhoon/multilang'
import * as testing from 'typhoon/testing'
import * as trident from 'typhoon/trident'

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
export { builder, drpc, multilang, testing, trident }
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
  await run('tar', ['-xzf', await packed, '-C', join(modules, 'typhoon'), '--strip-components=1'])
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
  const bytes = readFileSync(await packed)
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
  const checked = await checkPackage(createPackageFromTarballData(readFileSync(await packed)))
  t.truthy(checked.types)
  const problems = 'problems' in checked ? checked.problems : []
  const ours = problems.filter((problem) => !('resolutionKind' in problem) || !NOT_FOR.includes(problem.resolutionKind))
  t.deepEqual(ours, [])
})
