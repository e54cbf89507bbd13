/** What each process loads: what it has no use for costs every start its time. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { sharedFolder } from '../folder.ts'
import { topologyFile, typhoonProcess } from './cli.ts'

const folder = sharedFolder()

const ONE_NUMBER = `
name: one-number
spouts: [{ id: numbers, className: SequenceSpout, constructorArgs: [1] }]
bolts: [{ id: nothing, className: NullBolt }]
streams: [{ from: numbers, to: nothing, grouping: { type: SHUFFLE } }]
`

const asModule = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`

/** Runs the command, and gives the modules of Typhoon and of packages that each of its processes has loaded. */
async function loadedBy(name: string, args: readonly string[]): Promise<string[][]> {
  const log = join(folder, name)
  const hooks = `import { appendFileSync } from 'node:fs'
    export async function load(url, context, next) {
      appendFileSync(${JSON.stringify(log)}, process.pid + ' ' + url + '\\n')
      return next(url, context)
    }`
  const register = `import { register } from 'node:module'; register(${JSON.stringify(asModule(hooks))})`
  const { code, stderr } = await typhoonProcess(args, { env: { NODE_OPTIONS: `--import=${asModule(register)}` } })
  if (code !== 0) throw new Error(stderr)
  const processes = new Map<string, string[]>()
  for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
    const [pid, url] = line.split(' ') as [string, string]
    const module = /\/node_modules\/((?:@[^/]+\/)?[^/]+)|\/dist\/(?:lib\/)?([\w/.-]+)\.js$/.exec(url)
    if (module !== null) processes.set(pid, [...(processes.get(pid) ?? []), module[1] ?? module[2]!])
  }
  return [...processes.values()]
}

/** What only other processes, or other topologies, have a use for. */
const NEEDLESS = {
  parent:
    /^(?:acker|bench|codec|executor|grouping|testing|worker)\/|^multilang\/(?!annex$)|^drpc\/(?!protocol\/functions-of$)|^(?:lmdb|ioredis)$/,
  worker:
    /^(?:bench|command|daemon|drpc|testing)\/|^multilang\/(?!annex$)|^run\/(?!start-worker$|with-annexes$|annexes$)|^(?:commander|nanoid|lmdb|ioredis)$/,
}
/** All but what it hands over. */
const TRIDENT = /^trident\/(?!annex$)/
/** Of annexes nothing at all where no YAML names them. */
const YAML = /^flux\/(?:yaml|annexes|beans)\/|\/annex$|^yaml$/
const A_SPOUT_AND_A_BOLT = /^components\/(?:spouts\/sequence-spout|bolts\/null-bolt)$/
const OTHER_COMPONENTS = /^components\/(?!spouts\/sequence-spout$|bolts\/null-bolt$)\w+\/[\w-]+-(?:spout|bolt)$/
const RELIABLE = 'components/reliability/reliable-spout'

function those(modules: readonly string[], ...patterns: readonly RegExp[]): string[] {
  return modules.filter((module) => patterns.some((pattern) => pattern.test(module))).sort()
}

test('--version loads the terminal and nothing of the commands', async (t) => {
  const [modules] = await loadedBy('version', ['--version'])
  t.deepEqual(modules!.toSorted(), [
    'bin/typhoon',
    'command/main',
    'command/render/line',
    'command/render/problem',
    'command/render/version',
    'command/terminal/exit-codes',
    'command/terminal/file-output',
    'command/terminal/terminal',
    'errors/format',
    'errors/out-of-descriptors',
    'errors/typhoon-error',
    'errors/user-places',
    'errors/wording',
    'identity/descriptors',
    'words/plural',
    'words/printable',
  ])
})

test('who only checks a topology loads nothing that runs one', async (t) => {
  const [modules] = await loadedBy('validate', ['validate', topologyFile('printing'), '--set', 'count=1'])
  t.deepEqual(those(modules!, NEEDLESS.parent, /^(?:daemon|messaging|net)\/(?!workers\/worker-process$)|^ws$/), [])
})

test('a run in YAML loads the components that it names, and nothing of an annex that it does not name', async (t) => {
  const file = join(folder, 'one-number.yaml')
  writeFileSync(file, ONE_NUMBER)
  const [parent, worker] = await loadedBy('yaml', ['run', file])
  for (const modules of [parent!, worker!]) {
    t.deepEqual(those(modules, A_SPOUT_AND_A_BOLT), ['components/bolts/null-bolt', 'components/spouts/sequence-spout'])
    // Every SequenceSpout is one.
    t.deepEqual(those(modules, OTHER_COMPONENTS, TRIDENT), [RELIABLE])
  }
  t.deepEqual(those(parent!, NEEDLESS.parent), [])
  t.deepEqual(those(worker!, NEEDLESS.worker), [])
})

test('where the definition is a module no process loads YAML or Trident', async (t) => {
  const [parent, ...workers] = await loadedBy('module', ['run', topologyFile('printing'), '--set', 'count=1'])
  t.is(workers.length, 2)
  t.deepEqual(those(parent!, NEEDLESS.parent, YAML, /^trident\//), [])
  for (const modules of workers) t.deepEqual(those(modules, NEEDLESS.worker, YAML, /^trident\//), [])
})
