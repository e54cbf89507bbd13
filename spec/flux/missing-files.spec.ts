/** Files without which a component cannot begin: found in the definition, where their name stands. */

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { DefinitionError } from '../../lib/errors/typhoon-error.ts'
import { loadTopology } from '../../lib/run/with-annexes.ts'
import { sharedFolder } from '../folder.ts'

const folder = sharedFolder()
writeFileSync(join(folder, 'there.py'), '')
writeFileSync(join(folder, 'there.js'), '')
writeFileSync(join(folder, 'there.txt'), 'a line\n')
writeFileSync(join(folder, 'program'), '#!/bin/sh\n')
writeFileSync(join(folder, 'no-program'), '#!/bin/sh\n')
chmodSync(join(folder, 'program'), 0o755)
writeFileSync(join(folder, 'map.mjs'), 'export const map = (row) => row\n')
writeFileSync(join(folder, 'names.mjs'), 'export class Names extends Array {}\n')
mkdirSync(join(folder, 'scripts'))
writeFileSync(join(folder, 'scripts', 'inside.py'), '')

let topologies = 0

/** What is missing, by the text of the line and column that it is pointed at. */
async function missingIn(text: string, extension = 'yaml'): Promise<string[]> {
  const file = join(folder, `topology-${++topologies}.${extension}`)
  writeFileSync(file, text)
  try {
    await loadTopology(file, { checksFiles: true })
    return []
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    return error.problems.map(({ code, where: { component, source, line, column } }) =>
      [code, component, line, source?.slice(column! - 1)].filter((part) => part !== undefined).join(' '),
    )
  }
}

const shellBolt = (command: string, options = '{ outputs: [word] }'): string => `name: shell
spouts:
  - { id: numbers, className: SequenceSpout, constructorArgs: [1] }
bolts:
  - id: child
    className: ShellBolt
    constructorArgs:
      - ${command}
      - ${options}
streams:
  - { from: numbers, to: child, grouping: { type: SHUFFLE } }
`

const missing: Readonly<Record<string, string>> = {
  '[python3, missing.py]': 'FILE_NOT_FOUND child 8 missing.py]',
  '[python3, -u, missing.py, there.py]': 'FILE_NOT_FOUND child 8 missing.py, there.py]',
  '[python3, missing]': 'FILE_NOT_FOUND child 8 missing]',
  '[node, --no-warnings, scripts/missing.js]': 'FILE_NOT_FOUND child 8 scripts/missing.js]',
  '[sh, scripts/missing.sh]': 'FILE_NOT_FOUND child 8 scripts/missing.sh]',
  '[./missing-program]': 'FILE_NOT_FOUND child 8 ./missing-program]',
  '[./no-program]': 'FILE_NOT_FOUND child 8 ./no-program]',
  '[no-such-program-anywhere, x]': 'FILE_NOT_FOUND child 8 no-such-program-anywhere, x]',
}
for (const [command, problem] of Object.entries(missing))
  test(`the command ${command} is refused where its file should be named`, async (t) => {
    t.deepEqual(await missingIn(shellBolt(command)), [problem])
  })

const fine: readonly string[] = [
  '[python3, there.py]',
  '[python3, -m, some.module]',
  '[python3, -c, "print(1)"]',
  '[python3, -W, ignore, made-later.py]',
  '[python3]',
  '[node, there]',
  '[node, --import, tsx, there.js]',
  '[node, -e, "process.exit()"]',
  '[./program, made-later.txt]',
  '[sh, ls]',
  '[env, python3, made-later.py]',
]
for (const command of fine)
  test(`the command ${command} may work and is not refused`, async (t) => {
    t.deepEqual(await missingIn(shellBolt(command)), [])
  })

test('a script is looked for where its child will run', async (t) => {
  t.deepEqual(await missingIn(shellBolt('[python3, inside.py]')), ['FILE_NOT_FOUND child 8 inside.py]'])
  t.deepEqual(await missingIn(shellBolt('[python3, inside.py]', '{ cwd: scripts }')), [])
  const absent = await missingIn(shellBolt('[python3, there.py]', '{ cwd: elsewhere }'))
  t.is(absent.length, 1)
})

test('a script of a Flux wrapper may stand in resources or beside the file', async (t) => {
  const flux = (script: string): string =>
    shellBolt(`[python3, ${script}]`, '[word]').replace('ShellBolt', 'FluxShellBolt')
  t.deepEqual(await missingIn(flux('there.py')), [])
  const resources = join(folder, 'resources')
  mkdirSync(resources)
  writeFileSync(join(resources, 'resource.py'), '')
  t.deepEqual(await missingIn(flux('resource.py')), [])
  t.deepEqual(await missingIn(flux('missing.py')), ['FILE_NOT_FOUND child 8 missing.py]'])
  rmSync(resources, { recursive: true })
})

test('an input of a file spout is refused where it is named, in a referred component too', async (t) => {
  const sink = `bolts:
  - { id: sink, className: NullBolt }
streams:
  - { from: lines, to: sink, grouping: { type: SHUFFLE } }
`
  const path = (name: string): string => join(folder, name)
  const spout = (files: string): string =>
    `name: files\nspouts:\n  - id: lines\n    className: FileSpout\n    constructorArgs: [${files}]\n${sink}`
  t.deepEqual(await missingIn(spout(path('there.txt'))), [])
  t.deepEqual(await missingIn(spout(`"${path('*.txt')}"`)), [])
  t.deepEqual(await missingIn(spout(path('missing.txt'))), [`FILE_NOT_FOUND lines 5 ${path('missing.txt')}]`])
  t.deepEqual(await missingIn(spout(`[${path('there.txt')}, ${path('gone.txt')}]`)), [
    `FILE_NOT_FOUND lines 5 ${path('gone.txt')}]]`,
  ])
  t.deepEqual(await missingIn(spout(`"${path('*.csv')}"`)), [`FILE_NOT_FOUND lines 5 "${path('*.csv')}"]`])
})

test('a file that a referred object names is pointed at there', async (t) => {
  const text = `name: files
components:
  - { id: names, className: './names.mjs#Names', constructorArgs: [gone.txt] }
spouts:
  - id: lines
    className: FileSpout
    constructorArgs: [{ ref: names }]
bolts:
  - { id: sink, className: NullBolt }
streams:
  - { from: lines, to: sink, grouping: { type: SHUFFLE } }
`
  t.deepEqual(await missingIn(text), ['FILE_NOT_FOUND lines 3 gone.txt] }'])
})

test('an input of a Trident stream is refused where it is named', async (t) => {
  const gone = join(folder, 'gone.txt')
  const section = (name: string): string =>
    `name: batches\ntrident:\n  - stream: lines\n    spout: { className: ${name}, constructorArgs: [${gone}] }\n    do: [{ map: ./map.mjs#map, fields: [line] }]\n`
  const components = await missingIn(section('PartitionedFileSpout'))
  t.is(components.length, 1, components.join())
  t.regex(components[0]!, /^FILE_NOT_FOUND \S+ 4 .*gone\.txt\] \}$/)
})

test('a topology in TypeScript is told the component, and each that lacks a file', async (t) => {
  const lib = new URL('../../lib/', import.meta.url)
  const source = `
import { TopologyBuilder } from '${new URL('index.js', lib)}'
import { FileSpout, NullBolt } from '${new URL('components/index.js', lib)}'
import { ShellBolt } from '${new URL('multilang/index.js', lib)}'
const builder = new TopologyBuilder('missing')
const lines = builder.setSpout('lines', () => new FileSpout(['${join(folder, 'gone.txt')}']))
builder.setBolt('child', () => new ShellBolt(['python3', 'gone.py'])).shuffleGrouping(lines)
builder.setBolt('sink', () => new NullBolt()).shuffleGrouping(lines)
export default builder.createTopology()
`
  t.deepEqual(await missingIn(source, 'mjs'), ['FILE_NOT_FOUND lines', 'FILE_NOT_FOUND child'])
})

test('a worker does not ask: what it began with may be gone', async (t) => {
  const file = join(folder, 'begun.yaml')
  writeFileSync(file, shellBolt('[python3, missing.py]'))
  const { definition } = await loadTopology(file)
  t.is(definition.topology.name, 'shell')
})

test('a pipe in the place of a definition is refused, for its end might never come', async (t) => {
  const file = join(folder, 'pipe.yaml')
  execFileSync('mkfifo', [file])
  await t.throwsAsync(loadTopology(file), { code: 'FILE_NOT_FOUND', message: /pipe\.yaml/ })
})
