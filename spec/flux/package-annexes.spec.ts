/** Classes and sections that packages hand over by the key `typhoon` of their package.json. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { DefinitionError, type Problem } from '../../lib/errors/typhoon-error.ts'
import { isTrusted } from '../../lib/flux/annexes/package-annexes.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import { folderOf } from '../folder.ts'

type Files = Readonly<Record<string, string | object>>

/** A folder with a topology of a spout of this class, whose package depends on `a` and `b`. */
function project(t: ExecutionContext, spout: string, files: Files): string {
  const folder = folderOf(t)
  const own = { name: 'own', dependencies: { a: '*', b: '*' } }
  const topology = `
name: t
spouts: [{ id: s, className: ${spout}, constructorArgs: [7] }]
bolts: [{ id: b, className: NullBolt }]
streams: [{ from: s, to: b, grouping: { type: SHUFFLE } }]
`
  for (const [name, content] of Object.entries({ 'package.json': own, 'topologies/t.yaml': topology, ...files })) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }
  symlinkSync(process.cwd(), join(folder, 'node_modules', 'typhoon'), 'junction')
  return join(folder, 'topologies', 't.yaml')
}

const DICE = `
import { fields, Spout } from 'typhoon'
export class Dice extends Spout {
  outputs = fields('pips')
  constructor(sides) { super(); this.sides = sides }
  nextTuple() { return 'exhausted' }
}`

/** The package.json of a package with this annex. */
const annex = (typhoon: unknown, more: object = {}) => ({ name: 'x', type: 'module', typhoon, ...more })
const DICE_ANNEX = annex({ classes: { DiceSpout: './lib/dice.js#Dice' } })
const EMPTY: Files = { 'node_modules/b/package.json': { name: 'b' } }

async function problemsOf(file: string): Promise<readonly Problem[]> {
  try {
    await loadTopology(file)
    return []
  } catch (error) {
    if (error instanceof DefinitionError) return error.problems
    throw error
  }
}

const codesOf = async (file: string) => (await problemsOf(file)).map(({ code }) => code)

test('a class of a package that the own package depends on is named without its module', async (t) => {
  const file = project(t, 'DiceSpout', {
    'node_modules/a/package.json': DICE_ANNEX,
    'node_modules/a/lib/dice.js': DICE,
  })
  const { definition } = await loadTopology(file)
  t.deepEqual(definition.topology.components['s']?.outputs['default']?.fields, ['pips'])
  t.like(definition.components.get('s')?.(), { sides: 7 })
})

for (const kind of ['optionalDependencies', 'peerDependencies', 'devDependencies'])
  test(`${kind} are dependencies`, async (t) => {
    const file = project(t, 'DiceSpout', {
      'package.json': { name: 'own', [kind]: { '@scope/dice': '*' } },
      'node_modules/@scope/dice/package.json': DICE_ANNEX,
      'node_modules/@scope/dice/lib/dice.js': DICE,
    })
    t.deepEqual(await codesOf(file), [])
  })

test('a package that nobody depends on is not looked at, whatever it says', async (t) => {
  for (const said of [DICE_ANNEX, 'no JSON', annex(7)]) {
    const file = project(t, 'DiceSpout', {
      'node_modules/c/package.json': said,
      'node_modules/c/lib/dice.js': DICE,
      ...EMPTY,
    })
    t.deepEqual(await codesOf(file), ['UNKNOWN_EXPORT'])
  }
})

test('the package of a file is the nearest one: what one further up depends on is not looked at', async (t) => {
  const file = project(t, 'DiceSpout', {
    'topologies/package.json': { name: 'nearest' },
    'node_modules/a/package.json': DICE_ANNEX,
    'node_modules/a/lib/dice.js': DICE,
  })
  t.deepEqual(await codesOf(file), ['UNKNOWN_EXPORT'])
})

test('no package takes the place of what comes with Typhoon, and none is read for that', async (t) => {
  const file = project(t, 'SequenceSpout', {
    'node_modules/a/package.json': annex({ classes: { SequenceSpout: './gone.js#Gone', NullBolt: './gone.js#Gone' } }),
    'node_modules/b/package.json': 'no JSON',
  })
  t.deepEqual(await codesOf(file), [])
})

test('a module that no name leads to is not loaded', async (t) => {
  const file = project(t, 'DiceSpout', {
    'node_modules/a/package.json': annex({
      classes: { DiceSpout: './lib/dice.js#Dice', Broken: './broken.js#Broken' },
      sections: { broken: './broken.js#section' },
    }),
    'node_modules/a/lib/dice.js': DICE,
    'node_modules/a/broken.js': 'throw new Error("loaded")',
  })
  t.deepEqual(await codesOf(file), [])
})

test('a name of two packages is refused with both of them', async (t) => {
  const file = project(t, 'DiceSpout', {
    'node_modules/a/package.json': DICE_ANNEX,
    'node_modules/b/package.json': DICE_ANNEX,
  })
  const [problem] = await problemsOf(file)
  t.is(problem?.code, 'AMBIGUOUS_NAME')
  t.regex(problem?.message ?? '', /\ba, b$/)
  t.is(problem?.where.line, 3)
})

test('a misspelt name is compared with those of packages too', async (t) => {
  const file = project(t, 'DiecSpout', { 'node_modules/a/package.json': DICE_ANNEX, ...EMPTY })
  const [problem] = await problemsOf(file)
  t.is(problem?.code, 'UNKNOWN_EXPORT')
  t.regex(problem?.hint ?? '', /"DiceSpout"/)
})

const BAD: Readonly<Record<string, unknown>> = {
  'no table': 7,
  'a list': [],
  'a key that does not exist': { class: {} },
  'classes that are no table': { classes: ['./dice.js#Dice'] },
  'a module without an export': { classes: { DiceSpout: './dice.js' } },
  'a path that is not relative': { classes: { DiceSpout: '/tmp/dice.js#Dice' } },
  'a module of another package': { classes: { DiceSpout: 'other#Dice' } },
  'a module above the package': { classes: { DiceSpout: './../other/dice.js#Dice' } },
  'a module above the package, by a detour': { classes: { DiceSpout: './lib/../../other/dice.js#Dice' } },
  'a number in the place of a module': { classes: { DiceSpout: 7 } },
}

for (const [what, said] of Object.entries(BAD))
  test(`what a package says is refused where it is ${what}`, async (t) => {
    const file = project(t, 'DiceSpout', { 'node_modules/a/package.json': annex(said), ...EMPTY })
    t.deepEqual(await codesOf(file), ['BAD_ANNEX'])
  })

test("what is wrong with one name is no one's matter who names another, or misspells one", async (t) => {
  const classes = { DiceSpout: './lib/dice.js#Dice', Evil: '../../parts.js#Evil', None: 7 }
  const files = {
    'node_modules/a/package.json': annex({ classes, sections: { dice: 7 } }),
    'node_modules/a/lib/dice.js': DICE,
  }
  t.deepEqual(await codesOf(project(t, 'DiceSpout', files)), [])
  t.deepEqual(await codesOf(project(t, 'DiecSpout', files)), ['UNKNOWN_EXPORT'])
  const [problem] = await problemsOf(project(t, 'Evil', files))
  t.is(problem?.code, 'BAD_ANNEX')
  t.regex(problem?.message ?? '', /"\.\.\/\.\.\/parts\.js#Evil"/)
})

test('a link that leads out of its package is refused', async (t) => {
  const file = project(t, 'DiceSpout', {
    'node_modules/a/package.json': annex({ classes: { DiceSpout: './dice.js#Dice' } }),
    'elsewhere/dice.js': DICE,
  })
  const folder = dirname(dirname(file))
  symlinkSync(join(folder, 'elsewhere', 'dice.js'), join(folder, 'node_modules', 'a', 'dice.js'))
  t.deepEqual(await codesOf(file), ['BAD_ANNEX'])
})

test('an export that is not there is a mistake of the package', async (t) => {
  const file = project(t, 'DiceSpout', {
    'node_modules/a/package.json': DICE_ANNEX,
    'node_modules/a/lib/dice.js': 'export const dice = 1',
  })
  t.deepEqual(await codesOf(file), ['BAD_ANNEX'])
})

test('a package.json is trusted that is of the user, of the superuser or of the owner of the file', (t) => {
  const [user, other, ofFile] = [1000, 1001, 1002]
  t.true(isTrusted(user, ofFile, user))
  t.true(isTrusted(0, ofFile, user))
  t.true(isTrusted(ofFile, ofFile, user))
  t.false(isTrusted(other, ofFile, user))
  t.false(isTrusted(other, undefined, user))
  t.true(isTrusted(0, 0, undefined))
})

const PIPELINE = `
import { TopologyBuilder } from 'typhoon'
import { NullBolt, SequenceSpout } from 'typhoon/components'
import { textAt } from './read.js'
export const pipeline = {
  description: 'Steps, one after the other.',
  makers: 'steps of a pipeline',
  entry: 'pipelineStep',
  shapes: {
    pipelineStep: {
      type: 'object', title: 'a step', additionalProperties: false, required: ['step'],
      properties: { step: { type: 'string' }, tasks: { type: 'integer', minimum: 1 } },
    },
  },
  read: (entries) => ({
    beans: [],
    async build({ name, config }) {
      const builder = new TopologyBuilder(name, config)
      let last = builder.setSpout('numbers', () => new SequenceSpout(1))
      for (const entry of entries) builder.setBolt(textAt(entry, 'step'), () => new NullBolt()).shuffleGrouping('numbers')
      return builder.createTopology()
    },
  }),
}`
const READ = `
import { child, textOf } from 'typhoon/annex'
export const textAt = (map, key) => textOf(child(map, key))`
const PIPELINE_FILES: Files = {
  'node_modules/a/package.json': annex({ sections: { pipeline: './pipeline.js#pipeline' } }),
  'node_modules/a/pipeline.js': PIPELINE,
  'node_modules/a/read.js': READ,
  ...EMPTY,
}

test('a section of a package makes the topology, also out of what is included', async (t) => {
  const file = project(t, '', {
    ...PIPELINE_FILES,
    'topologies/t.yaml': 'name: t\nincludes: [{ file: more.yaml }]\npipeline: [{ step: first }]',
    'topologies/more.yaml': 'pipeline: [{ step: second }]',
  })
  const { definition } = await loadTopology(file)
  t.deepEqual(Object.keys(definition.topology.components), ['numbers', 'first', 'second'])
})

test('a section of a package is checked by its shape, and excludes what else makes a topology', async (t) => {
  const file = project(t, '', {
    ...PIPELINE_FILES,
    'topologies/t.yaml': 'name: t\npipeline: [{ step: first, taks: 2 }]\nspouts: [{ id: s, className: SequenceSpout }]',
  })
  const problems = await problemsOf(file)
  t.deepEqual(
    problems.map(({ code, where }) => [code, where.line]),
    [
      ['UNKNOWN_KEY', 2],
      ['YAML_SHAPE', 3],
    ],
  )
})
