/** What an export writes, and what keeps it from writing anything. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { exportToStorm, type StormExport } from '../../lib/export/storm/export-storm.ts'
import { type Problem, TyphoonError } from '../../lib/index.ts'
import { load } from '../../lib/run/index.ts'
import { loud, projectOf } from './topologies.ts'

async function exported(folder: string, file = 'loud.mjs'): Promise<StormExport> {
  return exportToStorm(await load(join(folder, file)), join(folder, 'out'))
}

/** What is wrong, where something is. */
async function problemsOf(folder: string, file?: string): Promise<readonly Problem[]> {
  return exported(folder, file).then(
    () => [],
    (error: unknown) => {
      if (error instanceof TyphoonError) return error.problems
      throw error
    },
  )
}

const SHOUT = 'const shout = (value) => `${value}!`\n'

test('a Flux file, the code beside it, and the command line that submits both', async (t) => {
  const folder = projectOf(t, { 'loud.mjs': loud(SHOUT) })
  const { files, submit } = await exported(folder)
  t.deepEqual(files, [join(folder, 'out/flux.yaml'), join(folder, 'out/resources/components.mjs')])
  for (const file of files) t.true(existsSync(file))
  const words = submit.trimEnd().split('\n').at(-1)!.split(' ')
  for (const word of ['storm', 'jar', 'loud.jar', 'org.apache.storm.flux.Flux']) t.true(words.includes(word), word)
  t.true(words.at(-1)!.endsWith('flux.yaml'))
})

test('the code is plain JavaScript that imports nothing but what Node.js has', async (t) => {
  const folder = projectOf(t, {
    'loud.ts': loud("import { shout } from './shout.ts'\n"),
    'shout.ts': "import loudly from 'loudly'\nexport const shout = (value: number): string => loudly(value)\n",
    'node_modules/loudly/package.json': '{ "name": "loudly", "main": "index.js" }',
    'node_modules/loudly/index.js': "module.exports = (value) => value + require('./mark.js')\n",
    'node_modules/loudly/mark.js': "module.exports = '!'\n",
  })
  await exported(folder, 'loud.ts')
  const code = readFileSync(join(folder, 'out/resources/components.mjs'), 'utf8')
  const imported = [...code.matchAll(/^import .*?from ["']([^"']+)["']/gm)].map((match) => match[1]!)
  t.deepEqual(
    imported.filter((name) => !name.startsWith('node:')),
    [],
  )
  t.false(code.includes(folder))
})

test('an export is written anew where one is, and over nothing else', async (t) => {
  const folder = projectOf(t, { 'loud.mjs': loud(SHOUT) })
  await exported(folder)
  await exported(folder)
  writeFileSync(join(folder, 'out/flux.yaml'), 'name: mine\n')
  const [problem] = await problemsOf(folder)
  t.is(problem?.code, 'OUTPUT_EXISTS')
  t.is(readFileSync(join(folder, 'out/flux.yaml'), 'utf8'), 'name: mine\n')
})

const NATIVE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'is compiled when it is installed': { 'package.json': '{ "main": "index.js" }', 'binding.gyp': '{}' },
  'looks for its compiled part as it runs': {
    'package.json': '{ "main": "index.js", "dependencies": { "node-gyp-build": "*" } }',
  },
  'has a package for each kind of machine': {
    'package.json': '{ "main": "index.js", "optionalDependencies": { "@loudly/linux-x64": "*" } }',
  },
}

for (const [title, files] of Object.entries(NATIVE))
  test(`a package that ${title} is refused by name, and nothing is written`, async (t) => {
    const folder = projectOf(t, {
      'loud.mjs': loud("import { shout } from '@loudly/core'\n"),
      'node_modules/@loudly/core/index.js': 'exports.shout = (value) => `${value}!`\n',
      ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`node_modules/@loudly/core/${name}`, text])),
    })
    const [problem, ...others] = await problemsOf(folder)
    t.is(problem?.code, 'CANNOT_BUNDLE')
    t.true(problem?.message.includes('@loudly/core'))
    t.deepEqual(others, [])
    t.false(existsSync(join(folder, 'out')))
  })

test('a native package of which no code is used is no hindrance', async (t) => {
  const folder = projectOf(t, {
    'loud.mjs': loud(`import * as loudly from 'loudly'\n${SHOUT}`),
    'node_modules/loudly/package.json': '{ "type": "module", "exports": "./index.js", "sideEffects": false }',
    'node_modules/loudly/binding.gyp': '{}',
    'node_modules/loudly/index.js': 'export const shout = 1\n',
  })
  t.deepEqual(await problemsOf(folder), [])
})

test('a module that is not there is an error where it is named', async (t) => {
  const folder = projectOf(t, { 'loud.mjs': loud("const shout = async () => (await import('./gone.mjs')).shout()\n") })
  const [problem, ...others] = await problemsOf(folder)
  t.is(problem?.code, 'CANNOT_BUNDLE')
  t.like(problem?.where, { file: join(folder, 'loud.mjs'), line: 3 })
  t.deepEqual(others, [])
})

const WORDS = `name: words
config:
  topology.guarantee: exactly-once
spouts:
  - { id: lines, className: StdinSpout }
bolts:
  - { id: log, className: LogBolt }
streams:
  - { from: lines, to: log, grouping: { type: SHUFFLE } }
`

test('what Storm does not have is found with its line in the YAML, all of it, and nothing is written', async (t) => {
  const folder = projectOf(t, { 'words.yaml': WORDS })
  const found = await problemsOf(folder, 'words.yaml')
  t.deepEqual(
    found.map(({ code, where: { line } }) => [code, line]),
    [
      ['NOT_IN_STORM', 3],
      ['NOT_IN_STORM', 5],
    ],
  )
  t.false(existsSync(join(folder, 'out')))
})

test('a component that a package brings under a bare name is asked for by its module', async (t) => {
  const folder = projectOf(t, {
    'package.json': '{ "dependencies": { "words": "*" } }',
    'node_modules/words/package.json':
      '{ "name": "words", "type": "module", "exports": "./index.js", "typhoon": { "classes": { "WordSpout": "./index.js#WordSpout" } } }',
    'node_modules/words/index.js':
      "import { Fields, Spout } from 'typhoon'\nexport class WordSpout extends Spout { outputs = new Fields(['word'])\n nextTuple() {} }\n",
    'words.yaml': WORDS.replace('StdinSpout', 'WordSpout').replace('exactly-once', 'at-least-once'),
  })
  const [problem] = await problemsOf(folder, 'words.yaml')
  t.is(problem?.code, 'CANNOT_BUNDLE')
  t.is(problem?.where.line, 5)
  t.false(existsSync(join(folder, 'out')))
})
