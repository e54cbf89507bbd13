/** Files that a daemon keeps: whatever the system refuses is told with its path, the user, and what to do. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test from 'ava'
import { tokensIn } from '../../lib/api/kept-tokens.ts'
import { BlobDirectory } from '../../lib/bundle/blobs.ts'
import { saveSettings } from '../../lib/client/settings.ts'
import { Membership } from '../../lib/cluster/supervisor/membership.ts'
import { Authority } from '../../lib/cluster/trust/authority.ts'
import { markState } from '../../lib/cluster/trust/state-mark.ts'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import { asFileTrouble, fileTrouble, textIn, writePrivate } from '../../lib/identity/file-trouble.ts'
import { SeenFile } from '../../lib/nimbus/leadership/etcd/seen-file.ts'
import { StoreDirectory } from '../../lib/nimbus/leadership/store-directory.ts'
import { makeServiceFolder } from '../../lib/nimbus/service-folder.ts'
import { folderOf, sharedFolder } from '../folder.ts'

const MIB = 1024 * 1024
const now = (): Date => new Date()
const digest = 'a'.repeat(64)
const self = { name: 'a', hosts: ['127.0.0.1'] }

const errno = (code: string): Error => Object.assign(new Error(`${code}: no`), { code, syscall: 'open', path: '/a' })

for (const [code, says] of [
  ['EACCES', userInfo().username],
  ['EPERM', userInfo().username],
  ['ENOSPC', 'room'],
  ['EDQUOT', 'quota'],
  ['EROFS', 'mount'],
  ['EIO', 'disk'],
] as const)
  test(`${code} of a file is told with its path and what to do`, (t) => {
    const error = fileTrouble('/a', 'written', errno(code), { code: 'STATE_UNAVAILABLE' })
    t.deepEqual([error.code, error.where], ['STATE_UNAVAILABLE', { file: '/a' }])
    t.true(`${error.message} ${error.hint}`.includes(says), `${error.message} ${error.hint}`)
    t.true(error.message.includes(code))
  })

test('too many open files are an error of their own, and one of Typhoon stays as it is', (t) => {
  t.is(fileTrouble('/a', 'read', errno('EMFILE'), { code: 'STATE_UNAVAILABLE' }).code, 'OUT_OF_DESCRIPTORS')
  const own = new TyphoonError('BAD_CONFIG', 'no')
  t.is(fileTrouble('/a', 'read', own), own)
})

test('what nobody has told more of is one of its file; what is none of a file stays as it is', (t) => {
  t.is((asFileTrouble(errno('EROFS')) as TyphoonError).code, 'FILE_UNUSABLE')
  for (const other of [new Error('x'), Object.assign(new Error('x'), { code: 'ECONNRESET', syscall: 'read' }), 1, null])
    t.is(asFileTrouble(other), other)
})

test('a file is written whole, for its owner alone, and what is not there is nothing', async (t) => {
  const path = join(folderOf(t), 'kept')
  t.is(await textIn(path), undefined)
  await writePrivate(path, 'content')
  t.is(await textIn(path), 'content')
  t.is(statSync(path).mode & 0o777, 0o600)
  await t.throwsAsync(textIn(folderOf(t)), { code: 'FILE_UNUSABLE' })
  await t.throwsAsync(writePrivate(join(path, 'below'), ''), { code: 'FILE_UNUSABLE' })
})

/** Whatever a daemon writes into a folder. */
const writers = (folder: string): Readonly<Record<string, readonly [() => Promise<unknown>, string]>> => ({
  'its tokens': [() => tokensIn(folder).write('x'.repeat(MIB)), 'FILE_UNUSABLE'],
  'a content': [() => new BlobDirectory(folder).put(digest, Readable.from([Buffer.alloc(MIB)])), 'FILE_UNUSABLE'],
  'a record': [() => new StoreDirectory(folder).put('a', 'x'.repeat(MIB), 0), 'STATE_UNAVAILABLE'],
  'the authority': [() => Authority.open(join(folder, 'authority'), now, true), 'FILE_UNUSABLE'],
  'the mark of the states': [() => markState(folder, 'ca'), 'STATE_UNAVAILABLE'],
  'what was seen of the store': [
    async () => (await SeenFile.open(join(folder, 'seen'))).note({} as never),
    'STATE_UNAVAILABLE',
  ],
  'what its commands find': [
    () => saveSettings({ server: 'http://a', tokenFile: undefined }, { XDG_CONFIG_HOME: folder }),
    'BAD_CONFIG',
  ],
  'its own folder': [() => makeServiceFolder(join(folder, 'dir')), 'STATE_UNAVAILABLE'],
})

const root = sharedFolder()
/** Disks of their own: only a privileged user of Linux may have them. */
const disks = { full: join(root, 'full'), 'mounted to be read': join(root, 'read') }
for (const path of Object.values(disks)) mkdirSync(path)
const mount = (path: string, options: string): void =>
  void execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' })
const areMounted = ((): boolean => {
  try {
    mount(disks.full, `size=${64 * 1024},nr_inodes=64`)
    mount(disks['mounted to be read'], 'ro')
    return true
  } catch {
    return false
  }
})()
test.after.always(() => {
  if (areMounted) for (const path of Object.values(disks)) execFileSync('umount', ['--lazy', path])
})

for (const [how, path] of Object.entries(disks)) {
  const title = `on a disk that is ${how} each file of a daemon is an error that names it`
  if (!areMounted) test(`no disk can be mounted here, left out: ${title}`, (t) => t.pass())
  else
    test.serial(title, async (t) => {
      if (how === 'full') {
        t.throws(() => writeFileSync(join(path, 'ballast'), Buffer.alloc(MIB)), { code: 'ENOSPC' })
        // Folders take no room there, but a place each.
        t.throws(() => {
          for (let number = 0; ; number++) mkdirSync(join(path, `${number}`))
        })
      }
      for (const [what, [write, code]] of Object.entries(writers(path))) {
        const error = (await t.throwsAsync(write(), { code: code as TyphoonError['code'] }, what)) as TyphoonError
        t.true(error.where.file?.startsWith(path), what)
        t.regex(error.message, /E(?:NOSPC|ROFS)/, what)
      }
      t.false(readdirSync(path).some((name) => name.endsWith('.half')))
    })
}

test('a membership that cannot be read is not one that is to be removed', async (t) => {
  const folder = folderOf(t)
  mkdirSync(join(folder, 'membership.json'))
  const error = await t.throwsAsync(Membership.open(folder, self, undefined, now), { code: 'FILE_UNUSABLE' })
  t.is((error as TyphoonError).where.file, join(folder, 'membership.json'))
})
