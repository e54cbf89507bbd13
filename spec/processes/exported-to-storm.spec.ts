/**
 * Exports to Storm, run from a folder in which nothing is but the export: by Typhoon's own ShellSpout and ShellBolt,
 * which speak to children as Storm's do.
 */
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { checkChild } from '../../lib/multilang/check/check.ts'
import { loud, projectOf } from '../export/topologies.ts'
import { folderOf } from '../folder.ts'
import { ROOT } from '../house/sources.ts'
import { typhoon, typhoonProcess } from './cli.ts'
import { addressesOf } from './corpus.ts'

/** The export of a topology in a folder of its own, without packages. */
async function awayFrom(t: ExecutionContext, file: string, ...flags: readonly string[]): Promise<string> {
  const [out, away] = [folderOf(t), folderOf(t)]
  const { code, stderr } = await typhoon(['export', 'storm', file, '--out', out, ...flags])
  t.is(code, 0, stderr)
  cpSync(out, away, { recursive: true })
  return away
}

for (const file of ['word-count.yaml', 'word-count.ts'])
  test(`the export of ${file} counts as ${file} does, each word of it`, async (t) => {
    const { input, counts } = addressesOf('179')
    const output = join(folderOf(t), 'counts.tsv')
    const values = ['--set', `input=${join(ROOT, input)}`, '--set', `output=${output}`]
    const away = await awayFrom(t, join(ROOT, 'topologies', file), ...values)
    const { code, stderr } = await typhoonProcess(['run', 'flux.yaml', '--quiet'], { cwd: away })
    t.is(code, 0, stderr)
    const rows = readFileSync(output, 'utf8').trimEnd().split('\n')
    const expected = [...counts].map(([word, count]) => `${word}\t${count}`)
    t.deepEqual(rows.sort(), expected.sort())
  })

test('the modules and packages of a topology come along: TypeScript, and CommonJS that looks where it is', async (t) => {
  const folder = projectOf(t, {
    'loud.ts': loud("import { shout } from './shout.ts'\n"),
    'shout.ts': "import loudly from 'loudly'\nexport const shout = (value: number): string => loudly(value)\n",
    'node_modules/loudly/package.json': '{ "name": "loudly", "main": "index.js" }',
    'node_modules/loudly/index.js':
      "const { EOL } = require('os')\nmodule.exports = (value) => `${value}${__dirname === '' ? '?' : '!'}${EOL}`.trim()\n",
  })
  const output = join(folderOf(t), 'loud.txt')
  const away = await awayFrom(t, join(folder, 'loud.ts'), '--set', `file=${output}`)
  const { code, stderr } = await typhoonProcess(['run', 'flux.yaml', '--quiet'], { cwd: away })
  t.is(code, 0, stderr)
  t.deepEqual(readFileSync(output, 'utf8').trimEnd().split('\n').sort(), ['0!', '1!', '2!'])
})

test('the beans of a YAML file are made as it says: references, properties, config methods, variables', async (t) => {
  const folder = projectOf(t, {
    'parts.mjs': `import { BasicBolt, Fields } from 'typhoon'
export class Mark { constructor(text) { this.text = text } }
export class Shout extends BasicBolt {
  outputs = new Fields(['loud'])
  #marks = []
  times = 1
  constructor(mark) { super(); this.#marks.push(mark.text) }
  also(mark) { this.#marks.push(mark) }
  execute(tuple, collector) { collector.emit([tuple.values[0] + this.#marks.join('').repeat(this.times)]) }
}
`,
    'loud.yaml': `name: loud
components:
  - { id: mark, className: ./parts.mjs#Mark, constructorArgs: ["\${mark}"] }
spouts:
  - { id: numbers, className: SequenceSpout, constructorArgs: [2] }
bolts:
  - id: shout
    className: ./parts.mjs#Shout
    constructorArgs: [{ ref: mark }]
    properties: [{ name: times, value: 2 }]
    configMethods: [{ name: also, args: ["?"] }]
  - { id: file, className: FileSinkBolt, constructorArgs: ["\${file}"] }
streams:
  - { from: numbers, to: shout, grouping: { type: SHUFFLE } }
  - { from: shout, to: file, grouping: { type: GLOBAL } }
`,
  })
  const output = join(folderOf(t), 'loud.txt')
  const values = ['--set', 'mark=!', '--set', `file=${output}`]
  const away = await awayFrom(t, join(folder, 'loud.yaml'), ...values)
  const { code, stderr } = await typhoonProcess(['run', 'flux.yaml', '--quiet'], { cwd: away })
  t.is(code, 0, stderr)
  t.deepEqual(readFileSync(output, 'utf8').trimEnd().split('\n').sort(), ['0!?!?', '1!?!?'])
})

test('a topology that one object of a YAML file makes is made by it', async (t) => {
  const folder = projectOf(t, {
    'loud.mjs': `${loud('const shout = (value) => `${value}!`\n').replace('export default', 'const make =')}
export class Loud {
  constructor(file) { this.file = file }
  getTopology() { return make({ variables: { file: this.file } }) }
}
`,
    'loud.yaml': 'name: made\ntopologySource: { className: ./loud.mjs#Loud, constructorArgs: ["${file}"] }\n',
  })
  const output = join(folderOf(t), 'loud.txt')
  const away = await awayFrom(t, join(folder, 'loud.yaml'), '--set', `file=${output}`)
  const { code, stderr } = await typhoonProcess(['run', 'flux.yaml', '--quiet'], { cwd: away })
  t.is(code, 0, stderr)
  t.deepEqual(readFileSync(output, 'utf8').trimEnd().split('\n').sort(), ['0!', '1!', '2!'])
})

test('a component of an export keeps every rule of the protocol, and one that is not in it says so', async (t) => {
  const away = await awayFrom(t, join(ROOT, 'topologies/random-sentences.yaml'))
  const script = join(away, 'resources/components.mjs')
  const common = { samples: [['a b']], patienceMs: 5000, startPatienceMs: 30_000, inputs: ['sentence'] }
  const split = { ...common, kind: 'bolt', outputs: { default: ['word'] } } as const
  t.is((await checkChild({ ...split, command: [process.execPath, script, 'split'] })).broken, 0)
  const { broken, findings } = await checkChild({ ...split, command: [process.execPath, script, 'splitt'] })
  t.true(broken > 0)
  t.regex(JSON.stringify(findings), /UNKNOWN_COMPONENT|no component/)
})
