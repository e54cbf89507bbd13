/** What belongs to a topology, and that it is the same where it is laid out. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import { BlobDirectory } from '../../lib/bundle/blobs.ts'
import { type CollectedBundle, collectBundle, firstBytes } from '../../lib/bundle/collect.ts'
import { layOut } from '../../lib/bundle/lay-out.ts'
import { type BundleManifest, bundleId, checkManifest, sizeWords } from '../../lib/bundle/manifest.ts'
import { takeAway } from '../../lib/bundle/take-away.ts'
import { JOIN_TOKEN_PREFIX } from '../../lib/util/token.ts'
import { folderOf } from '../folder.ts'

/** Writes files by their paths. */
function project(t: ExecutionContext, files: Readonly<Record<string, string | object>>): string {
  const folder = folderOf(t)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

const pathsOf = ({ manifest }: CollectedBundle): string[] => manifest.files.map(({ path }) => path).sort()

/** Sends all of it, and lays it out. */
async function laidOut(t: ExecutionContext, bundle: CollectedBundle, folder = join(folderOf(t), 'code')) {
  const blobs = new BlobDirectory(join(folderOf(t), 'blobs'))
  for (const [digest, source] of bundle.sources) await blobs.put(digest, Readable.from([readFileSync(source)]))
  await layOut({ manifest: bundle.manifest, blobs, own: folderOf(t), folder })
  return { blobs, folder }
}

test('the files of the project belong to it, but for what keeps state, what is hidden and what is installed', async (t) => {
  const folder = project(t, {
    'package.json': { name: 'words' },
    'topologies/words.yaml': 'name: words',
    'lib/split.mjs': 'export class Split {}',
    '.env': 'SECRET=1',
    'state/words/snapshots/1.part': 'large',
    'node_modules/unused/package.json': { name: 'unused' },
  })
  chmodSync(join(folder, 'lib/split.mjs'), 0o755)
  const bundle = await collectBundle(join(folder, 'topologies/words.yaml'), { without: [join(folder, 'state')] })
  t.deepEqual(pathsOf(bundle), ['lib/split.mjs', 'package.json', 'topologies/words.yaml'])
  t.is(bundle.manifest.entry, 'topologies/words.yaml')
  t.deepEqual(
    bundle.manifest.files.filter(({ executable }) => executable).map(({ path }) => path),
    ['lib/split.mjs'],
  )
})

test('no secret of a cluster belongs to it: tokens to join, the folders of a service and of a host', async (t) => {
  const folder = project(t, {
    'package.json': {},
    'words.yaml': 'name: words',
    'tokens/any-name.txt': `${JOIN_TOKEN_PREFIX}eyJ9`,
    'typhoon/owner-token': 'secret',
    'typhoon/nimbus/lease': 'x',
    'host/membership.json': {},
    'host/keys/key.pem': 'x',
  })
  const { manifest } = await collectBundle(join(folder, 'words.yaml'))
  t.deepEqual(
    manifest.files.map(({ path }) => path),
    ['package.json', 'words.yaml'],
  )
})

test('where there is no package.json, the folder of the file is all', async (t) => {
  const folder = project(t, { 'a/words.yaml': 'name: words', 'a/b.mjs': '', 'c.mjs': '' })
  t.deepEqual(pathsOf(await collectBundle(join(folder, 'a/words.yaml'))), ['b.mjs', 'words.yaml'])
})

test('each package finds the version of another that it has found before', async (t) => {
  const main = (name: string, needs: readonly string[], version = '1') => ({
    [`package.json`]: {
      name,
      version,
      main: 'index.js',
      dependencies: Object.fromEntries(needs.map((one) => [one, '*'])),
    },
    [`index.js`]: `exports.says = '${name}@${version}' + [${needs.map((one) => `require('${one}').says`)}].map((one) => '(' + one + ')').join('')`,
  })
  const below = (path: string, files: Readonly<Record<string, string | object>>) =>
    Object.fromEntries(Object.entries(files).map(([name, content]) => [`${path}/${name}`, content]))
  const folder = project(t, {
    'package.json': {
      name: 'app',
      dependencies: { a: '*', b: '*', typhoon: '*', '@s/d': '*' },
      optionalDependencies: { absent: '*' },
      devDependencies: { tool: '*' },
    },
    'words.yaml': 'name: words',
    ...below('node_modules/a', main('a', ['c'])),
    ...below('node_modules/c', main('c', [], '1')),
    ...below('node_modules/b', main('b', ['c', 'e'])),
    ...below('node_modules/b/node_modules/c', main('c', ['e'], '2')),
    ...below('node_modules/b/node_modules/e', main('e', [], '3')),
    ...below('node_modules/@s/d', main('@s/d', ['c', 'e'])),
    ...below('node_modules/e', main('e', [], '4')),
    ...below('node_modules/tool', main('tool', [])),
    ...below('node_modules/typhoon', main('typhoon', [])),
  })
  const bundle = await collectBundle(join(folder, 'words.yaml'))
  t.false(pathsOf(bundle).some((path) => /tool|typhoon/.test(path)))
  const { folder: laid } = await laidOut(t, bundle)
  for (const name of ['a', 'b', '@s/d']) {
    const [before, after] = [folder, laid].map((root) => createRequire(join(root, 'words.yaml'))(name).says)
    t.is(after, before)
  }
})

test('what is missing, leads out of the folder or is too large is refused with its place', async (t) => {
  const refused = async (
    files: Readonly<Record<string, string | object>>,
    more: (folder: string) => void = () => {},
  ) => {
    const folder = project(t, { 'words.yaml': 'name: words', ...files })
    more(folder)
    const limits = { bytes: 1000, files: 5 }
    return (await t.throwsAsync(collectBundle(join(folder, 'words.yaml'), { limits }))) as { code?: string } | undefined
  }
  t.is((await refused({ 'package.json': { dependencies: { gone: '*' } } }))?.code, 'BUNDLE_DEPENDENCY')
  t.is((await refused({ 'package.json': '{' }))?.code, 'BUNDLE_DEPENDENCY')
  t.is((await refused({}, (folder) => symlinkSync('/etc/hosts', join(folder, 'hosts'))))?.code, 'BAD_BUNDLE')
  t.is((await refused({}, (folder) => symlinkSync('nowhere', join(folder, 'gone'))))?.code, 'BAD_BUNDLE')
  t.is((await refused({ 'data/large.csv': 'x'.repeat(2000) }))?.code, 'BUNDLE_TOO_LARGE')
  t.is(
    (await refused(Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`f${n}`, '']))))?.code,
    'BUNDLE_TOO_LARGE',
  )
  t.is(((await t.throwsAsync(collectBundle('/no/such.yaml'))) as { code?: string } | undefined)?.code, 'FILE_NOT_FOUND')
})

test('what was compiled runs on its own platform alone', async (t) => {
  const folder = project(t, { 'words.yaml': 'name: words', 'fast.node': 'compiled' })
  const bundle = await collectBundle(join(folder, 'words.yaml'))
  t.is(bundle.manifest.platform, `${process.platform}-${process.arch}`)
  await laidOut(t, bundle)
  const foreign = { ...bundle, manifest: { ...bundle.manifest, platform: 'plan9-mips' } }
  await t.throwsAsync(laidOut(t, foreign), { code: 'BUNDLE_PLATFORM' })
})

const GOOD: BundleManifest = {
  entry: 'words.yaml',
  files: [{ path: 'words.yaml', digest: '0'.repeat(64), bytes: 1, executable: false }],
}

for (const path of [
  '../a',
  '/a',
  'a/../b',
  'a//b',
  'a/',
  '.env',
  'a/.git/b',
  'a\\b',
  'a\0',
  '',
  'node_modules/typhoon/x',
])
  test(`a list with the path ${JSON.stringify(path)} is refused`, (t) => {
    const files = [...GOOD.files, { ...GOOD.files[0]!, path }]
    t.throws(() => checkManifest({ ...GOOD, files }), { code: 'BAD_BUNDLE' })
  })

test('a list that is not one, has a path twice, a file as a folder, or no entry is refused', (t) => {
  t.is(checkManifest(GOOD), GOOD)
  const [file] = GOOD.files
  for (const given of [
    null,
    [],
    { entry: 'words.yaml' },
    { ...GOOD, entry: 'other.yaml' },
    { ...GOOD, files: [file, file] },
    { ...GOOD, files: [file, { ...file, path: 'words.yaml/a' }] },
    { ...GOOD, files: [{ ...file, digest: '../../etc' }] },
    { ...GOOD, files: [{ ...file, bytes: -1 }] },
  ])
    t.throws(() => checkManifest(given), { code: 'BAD_BUNDLE' })
})

test('a content that is not what its digest says is not taken, and leaves nothing', async (t) => {
  const folder = folderOf(t)
  const blobs = new BlobDirectory(folder)
  const digest = 'ab'.repeat(32)
  await t.throwsAsync(blobs.put(digest, Readable.from([Buffer.from('other')])), { code: 'BAD_BUNDLE' })
  await t.throwsAsync(blobs.put(digest, Readable.from([Buffer.alloc(100)]), 10), { code: 'BAD_BUNDLE' })
  t.deepEqual(await blobs.missing([digest]), [digest])
  t.deepEqual(readdirSync(join(folder, 'ab')), [])
})

test('where another bundle is laid out, what is the same stays, what is gone goes, and what was written there stays', async (t) => {
  const before = await collectBundle(
    join(project(t, { 'words.yaml': '1', 'same.txt': 'same', 'gone.txt': 'gone' }), 'words.yaml'),
  )
  const after = await collectBundle(
    join(project(t, { 'words.yaml': '2', 'same.txt': 'same', 'n/new.txt': '' }), 'words.yaml'),
  )
  t.not(bundleId(before.manifest), bundleId(after.manifest))
  const { folder } = await laidOut(t, before)
  writeFileSync(join(folder, 'out.txt'), 'result')
  const { ino } = statSync(join(folder, 'same.txt'))
  await laidOut(t, after, folder)
  t.is(statSync(join(folder, 'same.txt')).ino, ino)
  t.is(readFileSync(join(folder, 'words.yaml'), 'utf8'), '2')
  t.deepEqual(
    ['gone.txt', 'n/new.txt', 'out.txt'].map((path) => existsSync(join(folder, path))),
    [false, true, true],
  )
})

test('a folder in which the laying out was cut short is laid out whole the next time', async (t) => {
  const first = await collectBundle(join(project(t, { 'words.yaml': '1', 'a.txt': 'old' }), 'words.yaml'))
  const next = await collectBundle(join(project(t, { 'words.yaml': '2', 'a.txt': 'new' }), 'words.yaml'))
  const { folder } = await laidOut(t, first)
  const empty = new BlobDirectory(join(folderOf(t), 'none'))
  await t.throwsAsync(layOut({ manifest: next.manifest, blobs: empty, own: folderOf(t), folder }))
  rmSync(join(folder, 'a.txt'))
  await laidOut(t, next, folder)
  t.deepEqual(
    ['words.yaml', 'a.txt'].map((path) => readFileSync(join(folder, path), 'utf8')),
    ['2', 'new'],
  )
})

test('a folder may become a file, and a file a folder', async (t) => {
  const one = await collectBundle(join(project(t, { 'w.yaml': '1', 'data/x.txt': 'x', out: 'y' }), 'w.yaml'))
  const other = await collectBundle(join(project(t, { 'w.yaml': '1', data: 'z', 'out/a.txt': 'a' }), 'w.yaml'))
  const { folder } = await laidOut(t, one)
  await laidOut(t, other, folder)
  t.is(readFileSync(join(folder, 'data'), 'utf8'), 'z')
  await laidOut(t, one, folder)
  t.is(readFileSync(join(folder, 'data/x.txt'), 'utf8'), 'x')
})

test('a folder whose mark is damaged is laid out anew', async (t) => {
  const bundle = await collectBundle(join(project(t, { 'w.yaml': '1', 'a.txt': 'a' }), 'w.yaml'))
  for (const damage of ['', '{', '{"id":1}']) {
    const { folder } = await laidOut(t, bundle)
    writeFileSync(join(folder, '.typhoon-bundle.json'), damage)
    rmSync(join(folder, 'a.txt'))
    await laidOut(t, bundle, folder)
    t.is(readFileSync(join(folder, 'a.txt'), 'utf8'), 'a')
  }
})

test('a content that is damaged on the disk is asked for again', async (t) => {
  const bundle = await collectBundle(join(project(t, { 'w.yaml': '1' }), 'w.yaml'))
  const { blobs } = await laidOut(t, bundle)
  const [digest = ''] = bundle.sources.keys()
  writeFileSync(blobs.pathOf(digest), '2')
  const folder = join(folderOf(t), 'code')
  const layingOut = layOut({ manifest: bundle.manifest, blobs, own: folderOf(t), folder })
  await t.throwsAsync(layingOut, { code: 'BAD_BUNDLE' })
  t.deepEqual(await blobs.missing([digest]), [digest])
})

test('a file that grows meanwhile is taken as it was when it was found', async (t) => {
  const folder = project(t, { 'w.yaml': '1', 'grows.log': 'abc', 'empty.txt': '' })
  const { manifest, sources } = await collectBundle(join(folder, 'w.yaml'))
  writeFileSync(join(folder, 'grows.log'), 'def', { flag: 'a' })
  const blobs = new BlobDirectory(folderOf(t))
  for (const { digest, bytes } of manifest.files) await blobs.put(digest, firstBytes(sources.get(digest)!, bytes))
  t.deepEqual(await blobs.missing([...sources.keys()]), [])
})

test('of a folder that is taken away what its topology has written stays, and nothing that was laid out', async (t) => {
  const files = { 'package.json': {}, 'words.yaml': 'name: words', 'data/in.txt': 'a', 'lib/split.mjs': '' }
  const bundle = await collectBundle(join(project(t, files), 'words.yaml'))
  const { folder } = await laidOut(t, bundle)
  const to = join(folderOf(t), 'left', 'words-1-1')
  mkdirSync(join(folder, 'dead-letters'))
  writeFileSync(join(folder, 'dead-letters/words.jsonl'), '{}\n')
  writeFileSync(join(folder, 'node_modules/.cache'), 'x')
  // It was laid out, and is an output now.
  const later = new Date(Date.now() + 1000)
  writeFileSync(join(folder, 'data/in.txt'), 'b')
  utimesSync(join(folder, 'data/in.txt'), later, later)
  t.true(await takeAway(folder, to))
  t.false(existsSync(folder))
  t.deepEqual(readdirSync(to, { recursive: true }).map(String).sort(), [
    'data',
    'data/in.txt',
    'dead-letters',
    'dead-letters/words.jsonl',
    'node_modules',
    'node_modules/.cache',
  ])
  t.is(readFileSync(join(to, 'data/in.txt'), 'utf8'), 'b')
  // Done again, as by a service that was killed meanwhile.
  t.true(await takeAway(folder, to))
})

test('of a folder to which nothing was written nothing stays', async (t) => {
  const { folder } = await laidOut(t, await collectBundle(join(project(t, { 'a/words.yaml': '' }), 'a/words.yaml')))
  const to = join(folderOf(t), 'left', 'words-1-1')
  t.false(await takeAway(folder, to))
  t.deepEqual([existsSync(folder), existsSync(to)], [false, false])
})

test('what .typhoonignore names is left out, as .gitignore would', async (t) => {
  const folder = project(t, {
    ...{ 'package.json': {}, 'words.yaml': '', 'a.log': '', 'lib/b.log': '', 'lib/keep.log': '', 'lib/split.mjs': '' },
    ...{ 'data/large.csv': '', 'lib/data/small.csv': '', 'Data.csv': '' },
    '.typhoonignore': '# outputs\n*.log\n!keep.log\n/data/\ndata.csv\n',
  })
  t.deepEqual(pathsOf(await collectBundle(join(folder, 'words.yaml'))), [
    ...['Data.csv', 'lib/data/small.csv', 'lib/keep.log', 'lib/split.mjs', 'package.json', 'words.yaml'],
  ])
  writeFileSync(join(folder, '.typhoonignore'), '*.yaml')
  await t.throwsAsync(collectBundle(join(folder, 'words.yaml')), { code: 'BAD_BUNDLE' })
})

test('of a bundle that is large its size is said, with its largest files', (t) => {
  const files = [10, 900, 20, 30].map((mb, n) => ({ path: `${n}.csv`, bytes: mb * 1024 * 1024 }))
  t.is(sizeWords(files), '960 MB in 4 files; the largest are 1.csv (900 MB), 3.csv (30 MB), 2.csv (20 MB)')
  t.is(sizeWords(files.slice(0, 1)), undefined)
})
