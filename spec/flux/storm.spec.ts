/** What files and options that come from Storm need beside Flux's keys. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readAliasFile } from '../../lib/flux/storm/alias-file.ts'
import { childOptionsOf } from '../../lib/flux/storm/child-options.ts'
import { adviceFor, isJavaClass } from '../../lib/flux/storm/java-classes.ts'
import { parseProperties } from '../../lib/flux/storm/properties.ts'
import { parseFlow } from '../../lib/flux/yaml/flow.ts'
import { TyphoonError } from '../../lib/index.ts'
import { classNamed, loadTopology } from '../../lib/run/with-annexes.ts'
import { folderOf } from '../folder.ts'

test('the options of a JVM are told from those of Node.js, in a text or a list', (t) => {
  const text = `-Xms1g -XX:+UseG1GC "-Dname=a b" -verbose:gc -cp a.jar --add-opens=java.base/x=ALL --max-old-space-size=64 -r ./x.js`
  t.deepEqual(childOptionsOf(text), {
    options: ['--max-old-space-size=64', '-r', './x.js'],
    ignored: ['-Xms1g', '-XX:+UseG1GC', '-Dname=a b', '-verbose:gc', '-cp a.jar', '--add-opens=java.base/x=ALL'],
  })
  t.deepEqual(childOptionsOf(['--inspect', '-Xmx1g']), { options: ['--inspect'], ignored: ['-Xmx1g'] })
  t.deepEqual(childOptionsOf(''), { options: [], ignored: [] })
  t.is(childOptionsOf(7), undefined)
  t.is(childOptionsOf([7]), undefined)
})

test('a file of properties is read as Java reads it', (t) => {
  const text = [
    '# a comment',
    '! another',
    '',
    'kafka.topic = words',
    'path: C:\\\\data',
    'spaced value of it',
    'long = one, \\',
    '       two',
    'a\\ key\\=1=x\\u0041\\tb',
    'empty=',
    'lonely',
    'twice=1\r\ntwice=2',
  ].join('\n')
  t.deepEqual(parseProperties(text), {
    'kafka.topic': 'words',
    path: 'C:\\data',
    spaced: 'value of it',
    long: 'one, two',
    'a key=1': 'xA\tb',
    empty: '',
    lonely: '',
    twice: '2',
  })
})

test('a variable may be a list or a map in JSON or in the flow style of YAML; texts of digits stay what they are', (t) => {
  t.deepEqual(parseFlow('[php, x]'), ['php', 'x'])
  t.deepEqual(parseFlow(`{ a: 1, b: [true, 'two', null] }`), { a: 1, b: [true, 'two', null] })
  t.deepEqual(parseFlow('[012, 1.50, 3]'), ['012', '1.50', 3])
  t.deepEqual(parseFlow('["a", {"b": 1}]'), ['a', { b: 1 }])
  for (const text of ['php', '[php', '[*a]', '[&a b, *a]', 'a: [1]', '']) t.is(parseFlow(text), undefined, text)
})

const TYPHOON = new URL('../../lib/index.js', import.meta.url).href

const TOPOLOGY = `
name: filtered
config: { command: \${command}, first: "\${command[0]}" }
spouts: [{ id: words, className: com.example.Words }]
bolts: [{ id: log, className: LogBolt }]
streams: [{ from: words, to: log, grouping: { type: SHUFFLE } }]
`

test('variables of a filter and aliases that were given go into a .flux file; what is not used of a filter is no news', async (t) => {
  const folder = folderOf(t, {
    'topology.flux': TOPOLOGY,
    'aliases.yaml': 'com.example.Words: ./components/words.mjs#Words',
  })
  mkdirSync(join(folder, 'components'))
  const words = `import { fields } from ${JSON.stringify(TYPHOON)}
    export class Words { kind = 'spout'; outputs = fields('word'); nextTuple() {} }`
  writeFileSync(join(folder, 'components', 'words.mjs'), words)
  const aliases = await readAliasFile(join(folder, 'aliases.yaml'))
  const { definition, warnings } = await loadTopology(join(folder, 'topology.flux'), {
    filter: { command: '[php, x]', other: 'not used' },
    aliases,
  })
  t.deepEqual(definition.topology.config['command'], ['php', 'x'])
  t.is(definition.topology.config['first'], 'php')
  t.deepEqual(warnings, [])
})

test('a table of aliases that is none is refused', async (t) => {
  const folder = folderOf(t, { 'list.yaml': '[a]', 'number.yaml': 'com.example.A: 1' })
  for (const file of ['list.yaml', 'number.yaml'])
    await t.throwsAsync(readAliasFile(join(folder, file)), { code: 'YAML_SHAPE' })
  await t.throwsAsync(readAliasFile(join(folder, 'none.yaml')), { code: 'FILE_NOT_FOUND' })
})

test('a class of Java is known by its name, and what stands for it is named', (t) => {
  for (const name of ['java.util.HashMap', 'com.example.My_Bolt', 'a.b.Outer$Inner']) t.true(isJavaClass(name), name)
  for (const name of ['LogBolt', './a.b.ts', 'some-package', 'a.b', 'A.B.C']) t.false(isJavaClass(name), name)
  t.regex(adviceFor('java.util.LinkedHashMap'), /\bmap\b/)
  t.regex(adviceFor('java.util.ArrayList'), /\blist\b/)
  t.regex(adviceFor('org.apache.storm.hdfs.bolt.HdfsBolt'), /FileSinkBolt/)
  t.regex(adviceFor('com.example.Own'), /aliases: \{ com\.example\.Own:/)
})

test("the examples are known in Storm's packages, old and new, and in no other", async (t) => {
  const nameOf = async (className: string) => ((await classNamed(className, 'topology.yaml')) as { name: string }).name
  t.is(await nameOf('org.apache.storm.testing.TestWordSpout'), 'TestWordSpout')
  t.is(await nameOf('backtype.storm.testing.TestWordCounter'), 'TestWordCounter')
  t.is(await nameOf('storm.starter.spout.RandomSentenceSpout'), 'RandomSentenceSpout')
  for (const name of ['com.example.TestWordSpout', 'TestWordSpout', 'WordCounter'])
    t.is((await t.throwsAsync(classNamed(name, 'topology.yaml'), { instanceOf: TyphoonError }))?.code, 'UNKNOWN_EXPORT')
  t.not(
    await classNamed('RandomSentenceSpout', 'topology.yaml'),
    await classNamed('storm.starter.spout.RandomSentenceSpout', 'topology.yaml'),
  )
})
