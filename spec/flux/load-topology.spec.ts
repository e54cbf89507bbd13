import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { DefinitionError, type TyphoonError } from '../../lib/errors/typhoon-error.ts'
import type { FluxOptions } from '../../lib/flux/flux-options.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import { Spout } from '../../lib/topology/component/component.ts'
import type { ConfigMap } from '../../lib/topology/config/config.ts'
import { sizeOf } from '../../lib/topology/topology.ts'
import { folderOf } from '../folder.ts'

const SAMPLES = join(process.cwd(), 'spec', 'samples')
const inModules = (name: string): string => join(SAMPLES, 'modules', name)

/** A folder outside of the project, where `typhoon` is installed; with these files. */
async function folder(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = folderOf(t)
  await mkdir(join(root, 'node_modules'))
  await symlink(process.cwd(), join(root, 'node_modules', 'typhoon'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
  return root
}

async function failure(t: ExecutionContext, file: string, options?: FluxOptions): Promise<TyphoonError> {
  return (await t.throwsAsync<TyphoonError>(loadTopology(file, options)))!
}

const SPOUT_TS = `
import { Spout, TopologyBuilder, fields } from 'typhoon'
import type { Row } from './row.ts'
export class Words extends Spout<Row> {
  override readonly outputs = fields<Row>('word')
  override nextTuple(): void {}
}
const builder = new TopologyBuilder('words')
builder.setSpout('words', () => new Words())
export default builder.createTopology()
`
const ROW_TS = 'export interface Row { word: string }\n'

test('a module exports the definition', async (t) => {
  const { definition, file, warnings } = await loadTopology(join('spec', 'samples', 'modules', 'default-export.ts'))
  t.is(file, inModules('default-export.ts'))
  t.deepEqual(warnings, [])
  t.is(definition.topology.name, 'default-export')
  t.deepEqual(sizeOf(definition.topology, definition.topology.components['count']!), { executors: 4, tasks: 8 })
})

test('a module exports a function, which gets configuration and variables', async (t) => {
  const { definition } = await loadTopology(inModules('function.ts'), {
    config: { spouts: 3 },
    variables: { name: 'called' },
  })
  t.is(definition.topology.name, 'called')
  t.is(definition.topology.components['words']?.parallelism, 3)
  t.is(definition.topology.config['spouts'], 3)
})

test('a number of tasks and a limit of them that are given hold for a module whose builder has other ones, but for a component that has its own', async (t) => {
  const sizes = async (config: ConfigMap, file = 'default-export.ts') => {
    const { topology } = (await loadTopology(inModules(file), { config })).definition
    return Object.values(topology.components).map((spec) => Object.values(sizeOf(topology, spec)))
  }
  const [words, count] = [
    [2, 2],
    [4, 8],
  ]
  t.deepEqual(await sizes({}), [words, count])
  t.deepEqual(await sizes({ 'topology.tasks': 12 }), [[2, 12], count])
  t.deepEqual(await sizes({ 'topology.tasks': 1 }), [[1, 1], count])
  const limit = 'topology.max.task.parallelism'
  t.deepEqual(await sizes({ [limit]: 3 }), [words, [3, 3]])
  t.deepEqual(await sizes({}, 'limited.ts'), [
    [3, 3],
    [2, 2],
  ])
  for (const most of [5, null])
    t.deepEqual(await sizes({ [limit]: most }, 'limited.ts'), [
      [most ?? 6, most ?? 6],
      [2, 2],
    ])
})

test('the configuration that is given goes before that of the topology, and is checked', async (t) => {
  const config = { 'topology.workers': 3, 'topology.max.task.parallelism': 2, 'topology.worker.xx': 1 }
  const { definition, warnings } = await loadTopology(inModules('default-export.ts'), { config })
  t.deepEqual(definition.topology.config, config)
  t.is(warnings.length, 1)
  t.true(warnings[0]!.startsWith('topology.worker.xx '))
  const misspelled = await failure(t, inModules('default-export.ts'), { config: { 'topology.wokers': 1 } })
  t.is(misspelled.hint, 'write topology.workers; a key of your own wants another name')
  const error = await failure(t, inModules('default-export.ts'), {
    config: { 'topology.workers': 0, 'topology.debug': 'x' as never },
  })
  t.deepEqual(
    error.problems.map(({ code, where }) => [code, where.file]),
    [
      ['BAD_CONFIG', inModules('default-export.ts')],
      ['BAD_CONFIG', inModules('default-export.ts')],
    ],
  )
})

test('each task has an instance of its own', async (t) => {
  const { definition } = await loadTopology(join(SAMPLES, 'config-methods', 'topology.yaml'))
  const make = definition.components.get('probe')!
  const [first, second] = [make(), make()].map((component) => component.getComponentConfiguration?.() as any)
  t.deepEqual(first, second)
  for (const index of [3, 4, 5]) t.not(first.args[index], second.args[index])
  t.not(first.args[5][0], second.args[5][0])
  t.is(first.args[5][0], first.args[5][1].parts[0], 'within a task a ref is one instance')
})

test('what the YAML names beside components is made anew as well', async (t) => {
  const { definition } = await loadTopology(join(SAMPLES, 'grouping-types', 'topology.yaml'))
  const [make] = [...definition.groupings.values()]
  const grouping = make!()
  t.not(grouping, make!())
  grouping.prepare?.({
    component: 'words',
    stream: 'default',
    fields: ['word'],
    task: 1,
    targets: [4, 5, 6],
    random: () => 0,
  })
  t.deepEqual(grouping.chooseTasks(1, []), [4])
  const { definition: hooked } = await loadTopology(join(SAMPLES, 'worker-hook', 'topology.yaml'))
  t.deepEqual(
    hooked.workerHooks.map((hook) => ({ ...hook() })),
    [{ name: 'a' }] as any,
  )
})

test('a .ts file is an ES module whatever package.json says, and uses the one typhoon', async (t) => {
  for (const type of ['"type": "commonjs"', '"type": "module"', '"private": true']) {
    const root = await folder(t, { 'package.json': `{${type}}`, 'topology.ts': SPOUT_TS, 'row.ts': ROW_TS })
    const { definition } = await loadTopology(join(root, 'topology.ts'))
    t.true(definition.components.get('words')?.() instanceof Spout, type)
  }
})

test('a class comes from a package, from the folder of the YAML, also one that exports to import alone', async (t) => {
  const component = `import { Spout, fields } from 'typhoon'
export class Words extends Spout { outputs = fields('word'); nextTuple() {} }
export default Words`
  const root = await folder(t, {
    'node_modules/words/package.json':
      '{"name": "words", "type": "module", "exports": {".": {"import": "./main.js"}, "./sub": {"types": "./x.d.ts", "import": "./sub.js"}}}',
    'node_modules/words/main.js': component,
    'node_modules/words/sub.js': component,
    'node_modules/@scope/main/package.json': '{"name": "@scope/main", "type": "module", "main": "index.js"}',
    'node_modules/@scope/main/index.js': component,
    'topology.yaml': `name: packages
spouts:
  - { id: one, className: "words#Words" }
  - { id: two, className: "words/sub#default" }
  - { id: three, className: "@scope/main#Words" }
  - { id: four, className: "typhoon/components#SequenceSpout", constructorArgs: [1] }
`,
  })
  const { definition } = await loadTopology(join(root, 'topology.yaml'))
  t.deepEqual(
    [...definition.components.values()].map((make) => make() instanceof Spout),
    [true, true, true, true],
  )
})

test('a file that is not there, is no topology, or is a directory', async (t) => {
  const missing = await failure(t, inModules('functoin.ts'))
  t.is(missing.code, 'FILE_NOT_FOUND')
  t.is(missing.hint, 'did you mean "function.ts"?')
  t.is((await failure(t, join(SAMPLES, 'no', 'such', 'folder.yaml'))).code, 'FILE_NOT_FOUND')
  t.is((await failure(t, join(process.cwd(), 'package.json'))).code, 'WRONG_EXTENSION')
  t.is((await failure(t, SAMPLES)).code, 'FILE_NOT_FOUND')
})

test('a module that throws while it is loaded is shown where it throws', async (t) => {
  const error = await failure(t, join(SAMPLES, 'throws.ts'))
  t.is(error.code, 'MODULE_FAILED')
  t.regex(error.message, /too many retries/)
  t.is(error.where.file, join(SAMPLES, 'throws.ts'))
  t.is(error.where.line, 4)
  t.is(error.where.source, "if (settings.retries > 2) throw new Error('too many retries')")
})

test('a module whose import is missing, and what Typhoon throws within a module, is shown as far as it is known', async (t) => {
  const root = await folder(t, {
    'import.mjs': 'import { x } from "./not-there.mjs"\n',
    'export.ts': 'import { nothing } from "./row.ts"\nexport default nothing\n',
    'row.ts': 'export const row = 1\n',
    'inside.mjs': 'import { fields } from "typhoon"\n\nexport default fields("a", "a")\n',
  })
  for (const [name, line, code] of [
    ['import.mjs', 1, 'MODULE_FAILED'],
    ['export.ts', 1, 'MODULE_FAILED'],
    // What typhoon itself throws has its own code.
    ['inside.mjs', 3, 'DUPLICATE_FIELD'],
  ] as const) {
    const error = await failure(t, join(root, name))
    t.is(error.code, code, name)
    t.is(error.where.file, join(root, name))
    t.is(error.where.line, line, name)
  }
})

test('a syntax error is shown with its message, line and column, wherever in the line and in whichever language it stands', async (t) => {
  /** `§` stands where the error is. */
  const lines = {
    'words.ts': 'const one: number = 1\nfoo §bar\n',
    'column-1.ts': 'function f() {\n  if (1) {\n}\n§export default 1\n',
    'column-2.ts': 'const x: number = 1\n §} const y = 2\n',
    'column-3.mts': 'const x: number = 1\n\n  §} const y = 2\n',
    'tabs.ts': '\t\tconst c = §= 1\n',
    'letters.ts': "const ä = 'äöü😀', b = §= 1\n",
    'mark.ts': '\uFEFFconst c = §= 1\n',
    'script.mjs': 'const a = 1\n  const b = §= 1\n',
    'script.js': '\t const b = §= 1\n',
    'mark.mjs': '\uFEFF  const c = §= 1\n',
  }
  const texts = Object.entries(lines).map(([name, text]) => [name, text.replace('§', '')])
  const root = await folder(t, { ...Object.fromEntries(texts), 'package.json': '{"type":"module"}' })
  for (const [name, text] of Object.entries(lines)) {
    const before = text.replace('\uFEFF', '').split('§')[0]!.split('\n')
    const error = await failure(t, join(root, name))
    t.is(error.code, 'MODULE_FAILED', name)
    t.deepEqual(
      [error.where.file, error.where.line, error.where.column],
      [join(root, name), before.length, before.at(-1)!.length + 1],
    )
    t.true(error.where.source?.startsWith(before.at(-1)!), name)
    t.notRegex(error.message, /\n|Transform failed/)
  }
})

test('a syntax error in a file that a module imports is shown there', async (t) => {
  const root = await folder(t, { 'main.ts': "import './part.ts'\n", 'part.ts': 'foo bar\n' })
  const { where } = await failure(t, join(root, 'main.ts'))
  t.deepEqual([where.file, where.line, where.column], [join(root, 'part.ts'), 1, 5])
})

test('a function that throws is shown where it throws', async (t) => {
  const error = await failure(t, inModules('failing-function.ts'))
  t.is(error.code, 'MODULE_FAILED')
  t.is(error.where.line, 3)
})

test('the mistakes that the builder finds in a module are all shown, with its file', async (t) => {
  const error = await failure(t, inModules('wrong.ts'))
  t.true(error instanceof DefinitionError)
  t.deepEqual(
    error.problems.map(({ code, where }) => [code, where.file]),
    [
      ['NO_SPOUT', inModules('wrong.ts')],
      ['NO_INPUT', inModules('wrong.ts')],
    ],
  )
})

test('a module without a topology', async (t) => {
  const none = await failure(t, inModules('no-topology.ts'))
  t.is(none.code, 'NO_TOPOLOGY')
  const unfinished = await failure(t, inModules('unfinished.ts'))
  t.is(unfinished.code, 'NO_TOPOLOGY')
  t.regex(unfinished.hint!, /createTopology/)
})

test('a file that is too large, and includes that are too deep, are refused', async (t) => {
  const include = (name: string): string => `includes: [{ file: ${name} }]\n`
  const deep = Array.from({ length: 40 }, (_, index) => [`deep/${index}.yaml`, include(`${index + 1}.yaml`)] as const)
  const root = await folder(t, {
    'large.yaml': `name: large\n# ${'x'.repeat(4 * 1024 * 1024)}\n`,
    ...Object.fromEntries(deep),
  })
  t.is((await failure(t, join(root, 'large.yaml'))).code, 'YAML_SHAPE')
  const tooDeep = await failure(t, join(root, 'deep', '0.yaml'))
  t.is(tooDeep.code, 'INCLUDE_CYCLE')
})

test('who exports a builder is told how to end it, under whatever name it stands', async (t) => {
  const made = "import { TopologyBuilder } from 'typhoon'\nconst builder = new TopologyBuilder('b')\n"
  const root = await folder(t, {
    'default.mjs': `${made}export default builder\n`,
    'topology.mjs': `${made}export const topology = builder\n`,
    'named.mjs': `${made}export { builder }\n`,
    'function.mjs': `${made}export default () => builder\n`,
  })
  for (const name of ['default.mjs', 'topology.mjs', 'named.mjs', 'function.mjs']) {
    const error = await failure(t, join(root, name))
    t.is(error.code, 'NO_TOPOLOGY')
    t.regex(error.hint!, /builder\.createTopology\(\)/, name)
  }
})

const TRIDENT_MJS = `
import { fields } from 'typhoon'
import { Count, FixedBatchSpout, memoryMap, TridentTopology } from 'typhoon/trident'
export const whole = new TridentTopology('from-module')
export const stream = whole.newStream('words', () => new FixedBatchSpout(fields('word'), 2, ['a'], ['b']))
export const groups = stream.groupBy(['word'])
export const state = groups.persistentAggregate('counts', memoryMap(), Count, fields('count'))
export const chain = stream.chainedAgg()
`

test('a module exports a topology of Trident, what it was built to, or a function of it', async (t) => {
  const root = await folder(t, {
    'trident.mjs': TRIDENT_MJS,
    'itself.mjs': "export { whole as default } from './trident.mjs'\n",
    'built.mjs': "import { whole } from './trident.mjs'\nexport default whole.build()\n",
    'function.mjs': "import { whole } from './trident.mjs'\nexport const topology = async () => whole\n",
  })
  for (const name of ['itself.mjs', 'built.mjs', 'function.mjs']) {
    const { definition } = await loadTopology(join(root, name), { config: { 'topology.workers': 2 } })
    t.deepEqual(Object.keys(definition.topology.components), ['coordinator', 'spout-words', 'counts'], name)
    t.is(definition.topology.config['topology.workers'], 2)
    t.true(definition.about!.length > 0)
  }
})

test('a module exports any object that builds a topology', async (t) => {
  const root = await folder(t, {
    'trident.mjs': TRIDENT_MJS,
    'own.mjs': "import { whole } from './trident.mjs'\nexport default { build: () => whole.build() }\n",
    'other.mjs': 'export default { build: () => ({ plugins: [] }) }\n',
  })
  const { definition } = await loadTopology(join(root, 'own.mjs'))
  t.is(definition.topology.name, 'from-module')
  await t.throwsAsync(loadTopology(join(root, 'other.mjs')), { code: 'NO_TOPOLOGY' })
})

test('who exports a part of a topology of Trident is told what to export', async (t) => {
  const root = await folder(t, {
    'trident.mjs': TRIDENT_MJS,
    ...Object.fromEntries(
      ['stream', 'groups', 'state', 'chain'].map((name) => [
        `${name}.mjs`,
        `export { ${name} as default } from './trident.mjs'\n`,
      ]),
    ),
  })
  for (const [name, what] of [
    ['stream', 'a stream of Trident'],
    ['groups', 'a stream of Trident'],
    ['state', 'a state of Trident'],
    ['chain', 'an aggregation of Trident'],
  ]) {
    const error = await failure(t, join(root, `${name}.mjs`))
    t.is(error.code, 'NO_TOPOLOGY')
    t.true(error.hint!.includes(what!), error.hint)
    t.true(error.hint!.includes('export default topology'), error.hint)
  }
})

test('an operation of a stream that cannot be is shown where it stands in the module', async (t) => {
  const root = await folder(t, {
    'trident.mjs': TRIDENT_MJS,
    'loaded.mjs': "import { stream } from './trident.mjs'\n\nstream.project(['wrod'])\n",
    'called.mjs': "import { stream } from './trident.mjs'\nexport default () => stream.project(['wrod'])\n",
  })
  for (const [name, line] of [
    ['loaded.mjs', 3],
    ['called.mjs', 2],
  ] as const) {
    const error = await failure(t, join(root, name))
    t.is(error.code, 'UNKNOWN_FIELD')
    t.is(error.where.file, join(root, name))
    t.is(error.where.line, line)
  }
})

test('a YAML file may begin with a byte order mark, which says its encoding; bytes that are no text are an error', async (t) => {
  const yaml = `name: worte
spouts: [{ id: words, className: SequenceSpout }]
bolts: [{ id: sink, className: NullBolt }]
streams: [{ from: words, to: sink, grouping: { type: SHUFFLE } }]
# ä
`
  const root = await folder(t, {})
  const load = async (bytes: Buffer) => {
    await writeFile(join(root, 'topology.yaml'), bytes)
    return (await loadTopology(join(root, 'topology.yaml'))).definition.topology.name
  }
  t.is(await load(Buffer.from(`\uFEFF${yaml}`)), 'worte')
  t.is(await load(Buffer.from(`\uFEFF${yaml}`, 'utf16le')), 'worte')
  t.is(await load(Buffer.from(`\uFEFF${yaml}`, 'utf16le').swap16()), 'worte')
  const error = await t.throwsAsync<DefinitionError>(load(Buffer.from(yaml, 'latin1')), { instanceOf: DefinitionError })
  t.deepEqual(
    error?.problems.map(({ code }) => code),
    ['INVALID_TEXT'],
  )
})
