/**
 * The house, checked by reading it: walls between rooms, sizes, names, and that the documents say what the code does.
 * `UPDATE=1 npx ava dist/spec/house.spec.js` writes docs/topology.schema.json and the tables of keys and options anew.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import test from 'ava'
import { CATALOGUE } from '../lib/errors/catalogue.ts'
import { loadTopology, topologySchema } from '../lib/run/with-annexes.ts'
import { CONFIG_KEYS, KEY_GROUPS } from '../lib/topology/config/keys.ts'
import { anchorsOf, missingSources, rowsOf, sectionsOf } from './house/documents.ts'
import { STARTED } from './house/exceptions.ts'
import { withKeyTables } from './house/keys.ts'
import { withMetricTables } from './house/metric-tables.ts'
import { commentsOf, OPTION_TABLES, withOptionTables } from './house/options.ts'
import { ROOMS } from './house/rooms.ts'
import { filesIn, importsOf, ROOT, read, roomOf, source, sourcesIn } from './house/sources.ts'
import {
  circles,
  circlesOfFiles,
  forbiddenImports,
  impurities,
  longFiles,
  longFunctions,
  medianLines,
  needlessDoors,
  needlessExports,
  reservedLiterals,
  undocumented,
  wideComments,
  wideProse,
} from './house/walls.ts'

const lib = sourcesIn('lib')
const ours = [...lib, ...sourcesIn('bin')]
const specs = sourcesIn('spec')
const all = [...ours, ...specs, ...sourcesIn('topologies')]
const SYSTEM_IDS = 'lib/tuple/system-ids.ts'
/** What package.json exports, as sources. */
const PUBLIC_FACES = Object.values(
  (JSON.parse(read('package.json')) as { exports: Record<string, string | { default: string }> }).exports,
).flatMap((face) => (typeof face === 'string' ? [] : [face.default.replace('./dist/', '').replace(/js$/, 'ts')]))
/** No key of the runtime: it stands in the configuration that a child process gets, as Storm puts it there. */
const TOLD_TO_CHILDREN = 'topology.name'
/** Storm's own, which an export sets. */
const SET_FOR_STORM = 'topology.fall.back.on.java.serialization'
/**
 * What the components of a Trident topology ask for, under Storm's names: for who reads the plan, nothing is scheduled
 * by it.
 */
const RESOURCES = ['topology.component.cpu.pcore.percent', 'topology.component.resources.onheap.memory.mb']

test('every folder of lib is a room with its row in the table', (t) => {
  const rooms = [...new Set(ours.map(({ path }) => roomOf(path)))].sort()
  t.deepEqual(rooms, Object.keys(ROOMS).sort())
})

test('imports run only where the table of rooms lets them', (t) => {
  t.deepEqual(forbiddenImports(ours), [])
})

/** What hands ticks on to a bolt of the user's. */
const HANDS_TICKS_ON = ['lib/drpc/linear/coordinated-bolt.ts', 'lib/multilang/parent/shell-bolt.ts']

test('a bolt that comes with Typhoon is a BasicBolt or a DataBolt, so that no tick comes to its execute', (t) => {
  const annexes = ['bench', 'components', 'drpc', 'joins', 'multilang', 'testing', 'trident', 'windows']
  const bare = lib.filter(({ path, bare }) => annexes.includes(path.split('/')[1]!) && /\bextends Bolt\b/.test(bare))
  t.deepEqual(bare.map(({ path }) => path).sort(), HANDS_TICKS_ON)
})

test('the table of rooms allows nothing that is not used', (t) => {
  t.deepEqual(needlessDoors(ours), [])
})

test('no rooms import each other in a circle', (t) => {
  t.deepEqual(circles(ours), [])
})

test('no files import each other in a circle', (t) => {
  t.deepEqual(circlesOfFiles(ours), [])
})

test('the run floor reads no clock, draws no randomness and sets no timer of its own', (t) => {
  t.deepEqual(impurities(ours), [])
})

test('no file has more than 400 lines, and the middle one has about 100', (t) => {
  t.deepEqual(longFiles(all), [])
  t.true(medianLines(lib) <= 120, `the median is ${medianLines(lib)}`)
})

test('comments and prose fit into 120 columns', (t) => {
  t.deepEqual(wideComments(all), [])
  const documents = [
    'README.md',
    'ARCHITECTURE.md',
    'CHANGELOG.md',
    ...filesIn('docs', '.md'),
    ...filesIn('multilang', '.md'),
  ]
  t.deepEqual(
    documents.flatMap((path) => wideProse(path, read(path))),
    [],
  )
  const broken = `${'x'.repeat(121)}`
  t.is(wideComments([source('lib/a.ts', `// ${broken}\nf('${broken}')\n`)]).length, 1)
  t.deepEqual(wideProse('a.md', `${broken}\n| ${broken} |\n\`\`\`\n${broken}\n\`\`\`\n`), ['a.md:1: 121'])
})

test('no function has more than 70 lines', (t) => {
  t.deepEqual(longFunctions(all), [])
})

test('reserved names stand in one file alone', (t) => {
  t.deepEqual(reservedLiterals(ours, SYSTEM_IDS), [])
})

test('what a file exports is imported by another', (t) => {
  const needless = needlessExports(ours, [...specs, ...sourcesIn('topologies')])
  // What is loaded by its URL has what its loader asks for.
  t.deepEqual(
    needless.filter((name) => !Object.hasOwn(STARTED, name.split(' ')[0]!)),
    [],
  )
  const one = source('lib/a.ts', 'export const a = 1\nexport function b() {}\nexport class C {}\n')
  const other = source('lib/b.ts', "import { type a } from './a.ts'\n")
  t.deepEqual(needlessExports([one, other], []), ['lib/a.ts b', 'lib/a.ts C'])
})

test('every exported declaration has a doc comment', (t) => {
  const names = new Set<string>()
  for (const path of PUBLIC_FACES) {
    for (const [, list] of read(path).matchAll(/^export (?:type )?\{([^}]*)\}/gm)) {
      for (const item of list!.split(','))
        names.add(
          item
            .trim()
            .replace(/^type /, '')
            .split(' as ')[0]!,
        )
    }
  }
  const files = new Set(PUBLIC_FACES.flatMap((path) => importsOf(source(path, read(path))).map(({ file }) => file)))
  t.deepEqual(
    undocumented(ours, (name, path) => names.has(name) && files.has(path)),
    [],
  )
})

/** What stands before the code of a problem that is made there, and not before one that is compared with. */
const MAKES = /$(?<!(?:has|includes)\()(?<=(?:\(|\bcode:|\?|[\w')] :|=>|\d,)\s*)/
/** So much of what stands before it is looked at. */
const BEFORE = 200

function isMade(name: string, code: string): boolean {
  const quoted = `'${name}'`
  for (let at = code.indexOf(quoted); at !== -1; at = code.indexOf(quoted, at + 1))
    if (MAKES.test(code.slice(Math.max(0, at - BEFORE), at))) return true
  return false
}

test('every code of the catalogue is reported, and stands in docs/errors.md in the same order with the same sentence', (t) => {
  const sections = sectionsOf(read('docs/errors.md'), 3)
  t.deepEqual(
    sections.map(({ title }) => title.replaceAll('`', '')),
    Object.keys(CATALOGUE),
  )
  const code = ours
    .filter(({ path }) => path !== 'lib/errors/catalogue.ts')
    .map((file) => file.code)
    .join('\n')
  for (const [index, [name, sentence]] of Object.entries(CATALOGUE).entries()) {
    t.true(isMade(name, code), `nothing reports ${name}`)
    t.is(sections[index]!.body.trim().split('\n')[0], sentence, `the first line of ${name}`)
    t.true(sections[index]!.body.trim().split(/\n{2,}/).length > 1, `${name} says what to do`)
  }
})

test('every configuration key is read', (t) => {
  const code = lib
    .filter(({ path }) => !/^lib\/topology\/config\/(?:\w+-)?keys\.ts$/.test(path))
    .map((file) => file.code)
    .join('\n')
  t.deepEqual(
    Object.keys(CONFIG_KEYS).filter((name) => !code.includes(`'${name}'`)),
    [],
  )
})

/** The annexes that have configuration keys, by their groups. */
const KEYS_OF_ANNEXES = { trident: 'trident', drpc: 'drpc', children: 'multilang' } as const

test('the configuration keys of an annex are read by that annex, set by the benchmark, and exported', (t) => {
  for (const [group, room] of Object.entries(KEYS_OF_ANNEXES)) {
    const names = Object.keys(KEY_GROUPS[group as keyof typeof KEYS_OF_ANNEXES])
    const isHome = (path: string): boolean => new RegExp(`^lib/(?:${room}|bench|export|topology/config)/`).test(path)
    const strangers = ours.filter(({ path, code }) => !isHome(path) && names.some((name) => code.includes(`'${name}'`)))
    t.deepEqual(
      strangers.map(({ path }) => path),
      [],
      group,
    )
  }
})

test('no configuration key is read that does not exist', (t) => {
  const known: readonly string[] = [
    ...Object.keys(CONFIG_KEYS),
    ...RESOURCES,
    TOLD_TO_CHILDREN,
    SET_FOR_STORM,
    'topology.',
  ]
  const named = ours.flatMap(({ path, code }) =>
    [...code.matchAll(/'(topology\.[\w.]+)'|[cC]onfig\)?(?:\?\.)?\['([\w.]+)'\]/g)].map(([, topology, other]) => ({
      path,
      name: topology ?? other!,
    })),
  )
  t.deepEqual(
    named.filter(({ name }) => !known.includes(name)),
    [],
  )
})

test('folders are made by identity/make-folder alone, which comes to an end everywhere', (t) => {
  const makers = ours.filter(({ code }) => /\bmkdir(?:Sync)?\(/.test(code)).map(({ path }) => path)
  t.deepEqual(makers, ['lib/identity/make-folder.ts'])
})

test('docs/topology.schema.json is what the code says', async (t) => {
  const schema: unknown = JSON.parse(JSON.stringify(await topologySchema()))
  const path = 'docs/topology.schema.json'
  if (process.env['UPDATE'] === '1') {
    writeFileSync(join(ROOT, path), JSON.stringify(schema, null, 2))
    execFileSync(process.execPath, [join(ROOT, 'node_modules/@biomejs/biome/bin/biome'), 'format', '--write', path], {
      cwd: ROOT,
      stdio: 'ignore',
    })
  }
  t.deepEqual(JSON.parse(read(path)), schema, 'run this specification with UPDATE=1')
})

test('the tables of keys and of options in the documents are what the code says', (t) => {
  for (const path of filesIn('docs', '.md')) {
    const wanted = withMetricTables(withKeyTables(withOptionTables(read(path))))
    if (process.env['UPDATE'] === '1' && wanted !== read(path)) writeFileSync(join(ROOT, path), wanted)
    t.is(read(path), wanted, `${path}: run this specification with UPDATE=1`)
  }
  const documents = filesIn('docs', '.md').map(read).join('\n')
  const markers = [
    ...Object.keys(KEY_GROUPS).map((name) => `<!-- keys: ${name} -->`),
    ...Object.keys(OPTION_TABLES).map((name) => `<!-- options: ${name} -->`),
  ]
  const missing = markers.filter((marker) => !documents.includes(marker))
  t.deepEqual(missing, [])
})

test('what YAML says of an option is how its doc comment begins', (t) => {
  const plain = (text: string): string => text.replaceAll('`', '').replace(/\.$/, '')
  const shared = commentsOf('MapStateOptions')
  for (const [name, table] of Object.entries(OPTION_TABLES)) {
    const comments = new Map([...shared, ...commentsOf(name)])
    for (const [option, { doc }] of Object.entries(table)) {
      t.true(comments.has(option), `${option} of ${name} has a doc comment`)
      if (doc !== undefined) t.true(plain(comments.get(option)!).startsWith(plain(doc)), `${option} of ${name}`)
    }
  }
})

for (const file of filesIn('topologies').filter((path) => /\.(?:yaml|ts)$/.test(path))) {
  test(`${file} is valid, without a warning`, async (t) => {
    const { definition, warnings } = await loadTopology(join(ROOT, file))
    t.true(Object.keys(definition.topology.components).length > 0)
    t.deepEqual(warnings, [])
  })
}

test('every dependency has its reason in docs/decisions, and none needs its install script', (t) => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>
  const decision = read(filesIn('docs/decisions').find((path) => path.endsWith('-dependencies.md'))!)
  const named = rowsOf(decision).map(([name]) => name!.replaceAll('`', ''))
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { hasInstallScript?: boolean; resolved?: string }>
  }
  const scripts = Object.entries(lock.packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript === true ? [path.replace(/^.*node_modules\//, '')] : [],
  )
  t.deepEqual(named.sort(), [...Object.keys(dependencies!), ...Object.keys(devDependencies!), ...scripts].sort())
  const elsewhere = Object.values(lock.packages).flatMap(({ resolved = '' }) =>
    resolved === '' || resolved.startsWith('https://registry.npmjs.org/') ? [] : [resolved],
  )
  t.deepEqual(elsewhere, [])
})

test('every dependency is imported by lib or named in a script', (t) => {
  const { dependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>
  const imported = new Set(ours.flatMap(importsOf).map(({ specifier }) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0]))
  t.deepEqual(
    Object.keys(dependencies!).filter((name) => !imported.has(name)),
    [],
  )
})

test('no file has a path of one machine, something left to do, or a test that is left out', (t) => {
  const texts = ['', 'lib', 'bin', 'spec', 'topologies', 'docs', 'multilang', 'packages', '.ci']
    .flatMap((folder) =>
      folder === ''
        ? ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'package.json', 'tsconfig.json', 'biome.json']
        : filesIn(folder),
    )
    .filter((path) => existsSync(join(ROOT, path)) && !/\.(?:png|gz|bin)$/.test(path))
  const rules = [
    /(?<![\w.-])\/(?:work|root|(?:home|Users)(?!\/me))\/\w/,
    /(?:\/\/|\*|#|<!--)\s*(?:TODO|FIXME|XXX|HACK)\b/,
  ]
  const found = texts.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) =>
        rules.some((rule) => rule.test(line)) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
      ),
  )
  t.deepEqual(found, [])
  t.deepEqual(
    specs.filter(({ bare }) => /\btest(?:\.\w+)*\.(?:only|skip|failing|todo)\b/.test(bare)).map(({ path }) => path),
    [],
  )
})

test('no specification waits before it declares its tests: those of a room are loaded together', (t) => {
  const waits = specs.filter(
    ({ path, bare }) =>
      path.endsWith('.spec.ts') &&
      bare.split('\n').some((line) => /^[^\s}].*\bawait\b/.test(line) && !/\basync\b/.test(line)),
  )
  t.deepEqual(
    waits.map(({ path }) => path),
    [],
  )
})

test('every link from one document to another leads somewhere', (t) => {
  const documents = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', ...filesIn('docs', '.md')]
  const broken = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
      .map((match) => posix.join(posix.dirname(path), match[1]!))
      .filter((target) => !existsSync(join(ROOT, target)))
      .map((target) => `${path} links to ${target}`),
  )
  t.deepEqual(broken, [])
})

test('every link to a part of a document leads to a heading of it', (t) => {
  const documents = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', ...filesIn('docs', '.md')]
  const anchors = new Map(documents.map((path) => [path, anchorsOf(read(path))]))
  const broken = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)].flatMap(([, file = '', anchor = '']) => {
      const target = file === '' ? path : posix.join(posix.dirname(path), file)
      return anchors.get(target)?.has(anchor) === false ? [`${path} links to ${target}#${anchor}`] : []
    }),
  )
  t.deepEqual(broken, [])
  t.deepEqual([...anchorsOf('# A `b`: c\n## A b\n## A b\n```\n# no\n```\n')], ['a-b-c', 'a-b', 'a-b-1'])
})

/** A component of a reader's own, as the documents have them. */
const OF_READERS = /^components\//

test('every source that a comment or a document names is there', (t) => {
  const paths = [...all.map(({ path }) => path), ...filesIn('docs', '.ts')]
  const comments = [...ours, ...specs].map(({ path, text }) => ({
    path,
    text: (text.match(/\/\*\*[\s\S]*?\*\/|^\s*\/\/.*$/gm) ?? []).join('\n'),
  }))
  const documents = ['README.md', 'ARCHITECTURE.md', ...filesIn('docs', '.md')].map((path) => ({
    path,
    text: read(path).replace(/^```[\s\S]*?^```$/gm, ''),
  }))
  const missing = [...comments, ...documents].flatMap(({ path, text }) =>
    missingSources(text, paths)
      .filter((name) => !OF_READERS.test(name))
      .map((name) => `${path} names ${name}`),
  )
  t.deepEqual(missing, [])
  t.deepEqual(missingSources('see `acker/ledger.ts` and `acker/purse.ts`', paths), ['acker/purse.ts'])
})
