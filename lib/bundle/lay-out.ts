/**
 * Lays a bundle out as files in a folder, which may hold another bundle: what is the same in both stays the same file,
 * for it may be an input that is being read, and what its topology has written there stays.
 *
 * The law: a folder whose mark names a bundle has all of it. The mark is taken away before anything is changed, so a
 * process that is killed meanwhile leaves a folder that is laid out again.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { fileTrouble, isOfDisk, writePrivate } from '../identity/file-trouble.ts'
import { folderMade } from '../identity/make-folder.ts'
import { list, object, orNull, text } from '../shape/guards.ts'
import { type BlobDirectory, checked } from './blobs.ts'
import { type BundleFile, type BundleManifest, bundleId } from './manifest.ts'

/** The file that says what a bundle has put there. It begins with a dot, as nothing in a bundle does. */
export const MARK = '.typhoon-bundle.json'
const PLATFORM = `${process.platform}-${process.arch}`
const PRIVATE = 0o600
const RUNNABLE = 0o700

const mark = object({
  /** Null while the folder is being changed. */
  id: orNull(text()),
  /** By path the digest of each file that a bundle has put there, or is just putting there. */
  files: list(list(text())),
})

/** What is laid out, and where. */
export interface LayOutOptions {
  /** It was checked. */
  readonly manifest: BundleManifest
  readonly blobs: BlobDirectory
  /** The folder of the package of Typhoon that runs it: what the code imports as `typhoon`. */
  readonly own: string
  readonly folder: string
}

/** @throws BUNDLE_PLATFORM, BAD_BUNDLE; CODE_MISSING, and nothing has changed; FILE_UNUSABLE (rejects) */
export async function layOut({ manifest, blobs, own, folder }: LayOutOptions): Promise<void> {
  checkPlatform(manifest)
  const id = bundleId(manifest)
  const before = await readMark(folder)
  if (before.id === id) return
  await checkThere(manifest, blobs)
  await folderMade(folder, RUNNABLE).catch((cause: unknown) => {
    throw fileTrouble(folder, 'written', cause)
  })
  const wanted = new Map(manifest.files.map(({ path, digest }) => [path, digest]))
  const changing = new Map<string, string>([...wanted.keys()].map((path) => [path, '']))
  // A file that is to change may have changed or not when this is killed.
  for (const [path, digest] of before.files) changing.set(path, wanted.get(path) === digest ? digest : '')
  await writeMark(folder, null, changing)
  for (const path of before.files.keys())
    if (!wanted.has(path)) await rm(join(folder, ...path.split('/')), { force: true, recursive: true })
  for (const file of manifest.files) {
    const target = join(folder, ...file.path.split('/'))
    const isThere = before.files.get(file.path) === file.digest && (await sizeOf(target)) === file.bytes
    if (!isThere) await write(file, target, blobs)
  }
  await link(own, join(folder, 'node_modules', 'typhoon'))
  await writeMark(folder, id, wanted)
}

/** The digests of all that a bundle has put in a folder. */
export async function digestsIn(folder: string): Promise<readonly string[]> {
  return [...(await readMark(folder)).files.values()]
}

/** @throws BUNDLE_PLATFORM */
function checkPlatform({ platform }: BundleManifest): void {
  if (platform === undefined || platform === PLATFORM) return
  const message = `the code of the topology was compiled for ${platform}, and this host is ${PLATFORM}`
  throw new TyphoonError('BUNDLE_PLATFORM', message, {
    hint: `submit it from a ${PLATFORM} machine, after npm install there`,
  })
}

/** @throws CODE_MISSING (rejects) */
async function checkThere({ files }: BundleManifest, blobs: BlobDirectory): Promise<void> {
  const missing = new Set(await blobs.missing(files.map(({ digest }) => digest)))
  if (missing.size === 0) return
  const paths = files.filter(({ digest }) => missing.has(digest)).map(({ path }) => path)
  const some = paths.slice(0, 3).join(', ')
  throw new TyphoonError(
    'CODE_MISSING',
    `${missing.size} of the ${files.length} files of its code are not here: ${some}`,
    {
      hint: 'it begins when they are: copy DIR/blobs of the nimbus that has led before, or update it with its code',
    },
  )
}

async function write({ digest, bytes, executable }: BundleFile, target: string, blobs: BlobDirectory): Promise<void> {
  await folderMade(dirname(target), RUNNABLE)
  // Nothing of a bundle begins with a dot.
  const half = join(dirname(target), `.${basename(target)}.half`)
  const mode = executable ? RUNNABLE : PRIVATE
  await rm(half, { force: true })
  try {
    await pipeline(
      createReadStream(blobs.pathOf(digest)),
      checked(digest, bytes),
      createWriteStream(half, { flags: 'wx', mode }),
    )
  } catch (error) {
    // One that is damaged is to be sent again.
    if (error instanceof TyphoonError) await blobs.drop(digest)
    throw isOfDisk(error) ? fileTrouble(target, 'written', error) : error
  }
  // It may have been a folder.
  if ((await stat(target).catch(() => undefined))?.isDirectory() === true) await rm(target, { recursive: true })
  await rename(half, target)
}

async function link(own: string, path: string): Promise<void> {
  await folderMade(dirname(path), RUNNABLE)
  await rm(path, { recursive: true, force: true })
  await symlink(own, path, 'dir')
}

/** What bundles have put in a folder. */
export async function readMark(folder: string): Promise<{ id: string | null; files: ReadonlyMap<string, string> }> {
  const text = await readFile(join(folder, MARK), 'utf8').catch(() => undefined)
  if (text === undefined) return { id: null, files: new Map() }
  const found = parsed(text)
  // One that is damaged, as after a power cut, says nothing of what is there: all is laid out anew.
  if (!mark(found)) return { id: null, files: new Map() }
  return { id: found.id, files: new Map(found.files.map(([path = '', digest = '']) => [path, digest])) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Written whole or not at all. */
async function writeMark(folder: string, id: string | null, files: ReadonlyMap<string, string>): Promise<void> {
  const path = join(folder, MARK)
  await writePrivate(path, JSON.stringify({ id, files: [...files] }))
}

function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  )
}
