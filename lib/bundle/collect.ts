/**
 * Finds what belongs to a topology: the files of its project, and the packages that it depends on, each where Node.js
 * will find it again. What makes files and what keeps state stays behind, and so does what is secret: files whose name
 * begins with a dot, tokens to join a cluster, the folders of services and of their hosts, and what `.typhoonignore`
 * says.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import { JOIN_TOKEN_PREFIX } from '../util/token.ts'
import { IGNORE_FILE, type LeftOut, leftOutOf } from './left-out.ts'
import { BUNDLE_LIMITS, type BundleFile, type BundleLimits, type BundleManifest, checkSize } from './manifest.ts'
import { type PlacedPackage, packagesOf, projectOf } from './packages.ts'

/** A bundle, and where its files are. */
export interface CollectedBundle {
  readonly manifest: BundleManifest
  /** A file of this machine for each digest. */
  readonly sources: ReadonlyMap<string, string>
}

/** How it is collected. */
export interface CollectOptions {
  /** Folders that stay behind, absolute: what runs keep. */
  readonly without?: readonly string[]
  readonly limits?: BundleLimits
}

interface Found {
  readonly path: string
  readonly source: string
  readonly bytes: number
  readonly executable: boolean
}

const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules'])
/** A folder with one of these is that of a service, or of a host: keys and tokens are in it. */
const OF_DAEMONS: ReadonlySet<string> = new Set(['owner-token', 'membership.json'])

/**
 * @param file the file that defines the topology
 * @throws FILE_NOT_FOUND, BUNDLE_TOO_LARGE, BUNDLE_DEPENDENCY, BAD_BUNDLE (rejects)
 */
export async function collectBundle(
  file: string,
  { without = [], limits = BUNDLE_LIMITS }: CollectOptions = {},
): Promise<CollectedBundle> {
  const path = await realpath(resolve(file)).catch((cause: unknown) => {
    throw new TyphoonError('FILE_NOT_FOUND', `${file} cannot be read: ${messageOf(cause)}`, { where: { file }, cause })
  })
  const root = projectOf(dirname(path)) ?? dirname(path)
  const packages = packagesOf(root)
  const found: Found[] = []
  const leftOut = await leftOutOf(root)
  await walk(root, '', { root, without: new Set(without), leftOut, found, limits })
  if (!found.some(({ source }) => source === path)) throw entryLeftOut(path)
  for (const { folder, placed } of packages)
    await walk(folder, placed, { root: folder, without: new Set(), leftOut: () => false, found, limits })
  checkSize(found, limits)
  const sources = new Map<string, string>()
  const files: BundleFile[] = []
  for (const { path: name, source, bytes, executable } of found) {
    const digest = await digestOf(source, bytes)
    sources.set(digest, source)
    files.push({ path: name, digest, bytes, executable })
  }
  const platform = isNative(found, packages) ? { platform: `${process.platform}-${process.arch}` } : {}
  return { manifest: { entry: posix(relative(root, path)), files, ...platform }, sources }
}

interface Walk {
  /** Links lead nowhere but below it. */
  readonly root: string
  readonly without: ReadonlySet<string>
  /** What the user leaves out. */
  readonly leftOut: LeftOut
  readonly found: Found[]
  readonly limits: BundleLimits
}

async function walk(folder: string, placed: string, walking: Walk): Promise<void> {
  const { root, without, leftOut, found, limits } = walking
  const entries = await readdir(folder, { withFileTypes: true })
  if (entries.some(({ name }) => OF_DAEMONS.has(name))) return
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const source = join(folder, entry.name)
    if (entry.name.startsWith('.') || LEFT_OUT.has(entry.name) || without.has(source)) continue
    const path = placed === '' ? entry.name : `${placed}/${entry.name}`
    if (leftOut(entry.isDirectory() ? `${path}/` : path)) continue
    if (entry.isDirectory()) {
      await walk(source, path, walking)
      continue
    }
    const real = entry.isSymbolicLink() ? await linked(source, root) : source
    const { size, mode } = await stat(real)
    if (!entry.isFile() && !entry.isSymbolicLink()) continue
    if (!placed.startsWith('node_modules') && (await isJoinToken(real))) continue
    found.push({ path, source: real, bytes: size, executable: (mode & 0o100) !== 0 })
    // Whoever has given the wrong folder waits for no more than that.
    if (found.length > limits.files) checkSize(found, limits)
  }
}

/** Whether it begins as a token to join a cluster does. */
async function isJoinToken(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined)
  if (handle === undefined) return false
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(JOIN_TOKEN_PREFIX.length))
    return buffer.toString('latin1', 0, bytesRead) === JOIN_TOKEN_PREFIX
  } finally {
    await handle.close()
  }
}

/** A file that a link in the project leads to. @throws BAD_BUNDLE */
async function linked(link: string, root: string): Promise<string> {
  const real = await realpath(link).catch(() => undefined)
  const isInside = real?.startsWith(`${root}${sep}`) === true
  if (isInside && (await stat(real!)).isFile()) return real!
  const what = real === undefined ? 'leads nowhere' : `leads to ${real}, ${isInside ? 'a folder' : 'outside of it'}`
  throw new TyphoonError('BAD_BUNDLE', `a link in the folder of the topology ${what}`, {
    where: { file: link },
    hint: 'put a copy in its place, or remove the link',
  })
}

function entryLeftOut(file: string): TyphoonError {
  return new TyphoonError('BAD_BUNDLE', 'the file that defines the topology is not in the bundle', {
    where: { file },
    hint: `does ${IGNORE_FILE} leave it out, or does its path have a name that begins with a dot?`,
  })
}

/** Whether something in it was compiled for one platform. */
function isNative(found: readonly Found[], packages: readonly PlacedPackage[]): boolean {
  return found.some(({ path }) => path.endsWith('.node')) || packages.some(({ isNative: native }) => native)
}

/** Of as many bytes as it had when it was found: one that is written to meanwhile is taken as it was then. */
function digestOf(file: string, bytes: number): Promise<string> {
  return new Promise((settle, reject) => {
    const hash = createHash('sha256')
    firstBytes(file, bytes)
      .on('error', reject)
      .on('data', (chunk) => hash.update(chunk))
      .on('end', () => settle(hash.digest('hex')))
  })
}

/** @param bytes how many, from its beginning */
export function firstBytes(file: string, bytes: number): Readable {
  return bytes === 0 ? Readable.from([]) : createReadStream(file, { end: bytes - 1 })
}

function posix(path: string): string {
  return path.split(sep).join('/')
}
