/** Shell components in YAML: by the names of Storm's Flux, with its config methods, and by ours, with options. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { DefinitionError } from '../../lib/errors/typhoon-error.ts'
import { DEFAULT_STREAM, direct, Fields, type TaskContext } from '../../lib/index.ts'
import { ShellBolt, ShellSpout } from '../../lib/multilang/index.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import { FakeContext } from '../components/fakes.ts'
import { folderOf } from '../folder.ts'

const SPOUT = 'org.apache.storm.flux.wrappers.spouts.FluxShellSpout'
const BOLT = 'org.apache.storm.flux.wrappers.bolts.FluxShellBolt'

interface Wiring {
  readonly spout?: Readonly<Record<string, unknown>>
  readonly bolt?: Readonly<Record<string, unknown>>
  readonly streams?: readonly unknown[]
}

const SENTENCES = { className: SPOUT, constructorArgs: [['node', 'sentences.js'], ['sentence']] }
const SPLIT = { className: BOLT, constructorArgs: [['python3', 'split.py'], ['word']] }
const EDGE = { from: 'sentences', to: 'split', grouping: { type: 'SHUFFLE' } }

/** Loads a spout and a bolt behind it. */
async function load(t: ExecutionContext, { spout = SENTENCES, bolt = SPLIT, streams = [EDGE] }: Wiring) {
  const spouts = [{ id: 'sentences', ...spout }]
  const bolts = [
    { id: 'split', ...bolt },
    { id: 'log', className: 'org.apache.storm.flux.wrappers.bolts.LogInfoBolt' },
  ]
  const logged = [{ from: 'sentences', to: 'log', grouping: { type: 'SHUFFLE' } }]
  // JSON is YAML.
  const text = JSON.stringify({ name: 'shells', spouts, bolts, streams: [...streams, ...logged] }, null, 1)
  const folder = folderOf(t, { 'topology.yaml': text })
  const { definition } = await loadTopology(join(folder, 'topology.yaml'))
  const made = (id: string) => definition.components.get(id)!() as ShellBolt | ShellSpout
  return { ...definition.topology, folder, made }
}

/** The problems of such a definition, as "CODE message". */
async function problemsOf(t: ExecutionContext, wiring: Wiring): Promise<string[]> {
  const error = await t.throwsAsync<DefinitionError>(load(t, wiring), { instanceOf: DefinitionError })
  for (const { where } of error!.problems) t.truthy(where?.line, 'every problem has a place')
  return error!.problems.map(({ code, message }) => `${code} ${message}`)
}

function contextIn(codeDir: string): TaskContext {
  return Object.assign(new FakeContext(), { codeDir })
}

/** Where a child would run. */
const cwdOf = (component: ShellBolt | ShellSpout, codeDir: string) =>
  component.settings.childOptions(contextIn(codeDir)).process.cwd

test("Storm's class names, with a command and the fields of the default stream", async (t) => {
  const { components, made } = await load(t, {})
  t.deepEqual(components['sentences']!.outputs, { default: { direct: false, fields: ['sentence'] } })
  t.deepEqual(components['split']!.outputs, { default: { direct: false, fields: ['word'] } })
  t.true(made('sentences') instanceof ShellSpout)
  t.true(made('split') instanceof ShellBolt)
  t.deepEqual(made('split').settings.childOptions(contextIn('/')).process.command, ['python3', 'split.py'])
})

test('a component without fields has no stream', async (t) => {
  const { components } = await load(t, { bolt: { className: BOLT, constructorArgs: [['python3', 'store.py']] } })
  t.deepEqual(components['split']!.outputs, {})
})

test('addComponentConfig sets what the child finds in its configuration: a value, or a list', async (t) => {
  const configMethods = [
    { name: 'addComponentConfig', args: ['rolling.count', 100] },
    { name: 'addComponentConfig', args: ['a.list', ['x', 2]] },
    { name: 'addComponentConfig', args: ['topology.tick.tuple.freq.secs', 5] },
  ]
  const { components } = await load(t, {
    spout: { ...SENTENCES, configMethods },
    bolt: { ...SPLIT, configMethods },
  })
  const config = { 'rolling.count': 100, 'a.list': ['x', 2], 'topology.tick.tuple.freq.secs': 5 }
  t.like(components['sentences']!.config, config)
  t.like(components['split']!.config, config)
})

test("a configuration key of the runtime is checked as if it stood in the topology's own", async (t) => {
  const configMethods = [{ name: 'addComponentConfig', args: ['topology.tick.tuple.freq.secs', 'often'] }]
  const [problem] = await problemsOf(t, { bolt: { ...SPLIT, configMethods } })
  t.regex(problem!, /^BAD_CONFIG .*topology\.tick\.tuple\.freq\.secs/)
})

test('setDefaultStream, setNamedStream and setDirectStream declare streams', async (t) => {
  const configMethods = [
    { name: 'setDefaultStream', args: [['word', 'length']] },
    { name: 'setNamedStream', args: ['short', ['word']] },
    { name: 'setNamedStream', args: ['chosen', { fields: ['word'], direct: true }] },
    { name: 'setDirectStream', args: ['aimed', ['word', 'why']] },
  ]
  const { components } = await load(t, { bolt: { className: BOLT, constructorArgs: [['x']], configMethods } })
  t.deepEqual(components['split']!.outputs, {
    default: { direct: false, fields: ['word', 'length'] },
    short: { direct: false, fields: ['word'] },
    chosen: { direct: true, fields: ['word'] },
    aimed: { direct: true, fields: ['word', 'why'] },
  })
})

test('a direct stream is subscribed to directly', async (t) => {
  const spout = {
    className: SPOUT,
    constructorArgs: [['x'], ['s']],
    configMethods: [{ name: 'setDirectStream', args: ['aimed', ['s']] }],
  }
  const grouping = (type: string) => [{ ...EDGE, grouping: { type, streamId: 'aimed' } }]
  const { components } = await load(t, { spout, streams: grouping('DIRECT') })
  t.like(components['split']!.inputs[0], { stream: 'aimed', grouping: { type: 'direct' } })
  const problems = await problemsOf(t, { spout, streams: grouping('SHUFFLE') })
  t.is(problems.length, 1)
  t.regex(problems[0]!, /"?aimed"?/)
})

test("setEnv sets environment variables, as texts; the component's serializer is one of them", async (t) => {
  const configMethods = [
    { name: 'setEnv', args: [{ LANGUAGE: 'en', DEPTH: 3 }] },
    { name: 'setEnv', args: [{ DEPTH: 4 }] },
  ]
  const { made } = await load(t, { bolt: { ...SPLIT, configMethods } })
  const { env } = made('split').settings.childOptions(contextIn('/')).process
  t.deepEqual(env, { LANGUAGE: 'en', DEPTH: '4', TYPHOON_SERIALIZER: 'json' })
})

test("a child of Storm's wrappers runs in the folder resources, where there is one, and else in the topology's", async (t) => {
  const { made, folder } = await load(t, {})
  for (const id of ['sentences', 'split']) t.is(cwdOf(made(id), folder), folder)
  mkdirSync(join(folder, 'resources'))
  for (const id of ['sentences', 'split']) t.is(cwdOf(made(id), folder), join(folder, 'resources'))
})

test('changeChildCWD(false) leaves a child where the worker is', async (t) => {
  const configMethods = [{ name: 'changeChildCWD', args: [false] }]
  const { made, folder } = await load(t, { bolt: { ...SPLIT, configMethods } })
  t.is(cwdOf(made('split'), folder), undefined)
})

const METRICS = [
  ['seen', 'counter'],
  ['open', 'gauge'],
]
const REGISTERED = [
  { name: 'registerMetric', args: ['seen'] },
  { name: 'registerMetric', args: ['open', 'gauge'] },
]

test('registerMetric registers a metric', async (t) => {
  const { made } = await load(t, { bolt: { ...SPLIT, configMethods: REGISTERED } })
  t.deepEqual([...made('split').settings.metrics], METRICS)
})

test('our own names take a list of fields, or options', async (t) => {
  const options = {
    outputs: { default: ['word'], aimed: { fields: ['word', 'n'], direct: true } },
    config: { 'a.setting': 1 },
    env: { DEPTH: 3 },
    cwd: 'python',
    ...{ metrics: ['seen'], gauges: ['open'] },
  }
  const { components, made, folder } = await load(t, {
    spout: { className: 'ShellSpout', constructorArgs: [['node', 'sentences.js'], ['sentence']] },
    bolt: { className: 'ShellBolt', constructorArgs: [['python3', 'split.py'], options] },
  })
  t.deepEqual(components['sentences']!.outputs, { default: { direct: false, fields: ['sentence'] } })
  t.deepEqual(components['split']!.outputs, {
    default: { direct: false, fields: ['word'] },
    aimed: { direct: true, fields: ['word', 'n'] },
  })
  t.like(components['split']!.config, { 'a.setting': 1 })
  mkdirSync(join(folder, 'resources'))
  t.is(cwdOf(made('sentences'), folder), folder, 'the folder resources is a custom of Storm')
  t.is(cwdOf(made('split'), folder), join(folder, 'python'))
  t.is(made('split').settings.childOptions(contextIn(folder)).process.env['DEPTH'], '3')
  t.deepEqual([...made('split').settings.metrics], METRICS)
})

test('outputs may be an empty list, and a stream without fields', async (t) => {
  const { components } = await load(t, {
    bolt: { className: 'ShellBolt', constructorArgs: [['x'], { outputs: { default: [], done: [] } }] },
  })
  t.deepEqual(components['split']!.outputs, {
    default: { direct: false, fields: [] },
    done: { direct: false, fields: [] },
  })
})

test('in TypeScript outputs are fields, fields of direct streams, or lists of names', (t) => {
  const outputsOf = (outputs: any) => new ShellBolt(['x'], { outputs }).outputs as unknown
  t.deepEqual(outputsOf(new Fields(['a'])), { [DEFAULT_STREAM]: new Fields(['a']) })
  t.deepEqual(outputsOf({ a: direct(new Fields(['x'])), b: new Fields(['y']), c: ['z'] }), {
    a: direct(new Fields(['x'])),
    b: new Fields(['y']),
    c: new Fields(['z']),
  })
})

const WRONG: readonly (readonly [args: readonly unknown[], named: string])[] = [
  [['python3 split.py'], '"python3 split.py"'],
  [[[]], 'the command'],
  [[['python3', 5]], 'the command'],
  [[['x'], { output: ['a'] }], '"output"'],
  [[['x'], null], 'the options'],
  [[['x'], 'word'], 'the options'],
  [[['x'], [1]], '"default"'],
  [[['x'], { outputs: 'word' }], 'the outputs'],
  [[['x'], { outputs: { default: 'word' } }], '"default"'],
  [[['x'], { outputs: { aimed: { fields: 'word', direct: true } } }], '"aimed"'],
  [[['x'], { outputs: ['word', 'word'] }], 'word'],
  [[['x'], { env: { A: ['b'] } }], 'variable A'],
  [[['x'], { env: { A: null } }], 'variable A'],
  [[['x'], { env: 'A=b' }], 'env'],
  [[['x'], { config: 'a' }], 'config'],
  [[['x'], { config: ['a'] }], 'config'],
  [[['x'], { cwd: 5 }], 'cwd'],
  [[['x'], { metrics: 'seen' }], 'metrics'],
]

for (const [constructorArgs, named] of WRONG) {
  test(`${JSON.stringify(constructorArgs)} is an error with a place`, async (t) => {
    const problems = await problemsOf(t, { bolt: { className: 'ShellBolt', constructorArgs } })
    t.is(problems.length, 1)
    t.true(problems[0]!.includes(named), problems[0])
  })
}

const WRONG_METHODS: readonly (readonly [name: string, args: readonly unknown[], named: string])[] = [
  ['setNamedStream', ['named', 5], '"named"'],
  ['setDefaultStream', ['word'], '"default"'],
  ['setDirectStream', ['aimed', 'word'], '"aimed"'],
  ['setEnv', [{ A: {} }], 'variable A'],
  ['setEnv', ['A=b'], 'the environment'],
  ['changeChildCWD', ['no'], 'changeChildCWD'],
]

for (const [name, args, named] of WRONG_METHODS) {
  test(`${name}(${JSON.stringify(args).slice(1, -1)}) is an error with a place`, async (t) => {
    const problems = await problemsOf(t, { bolt: { ...SPLIT, configMethods: [{ name, args }] } })
    t.is(problems.length, 1)
    t.true(problems[0]!.includes(named), problems[0])
  })
}
