/**
 * The code of a topology as content: a list of files, each with the digest of what is in it. Two bundles with the same
 * list are the same bundle, whatever folder they came from, and what somebody has of it already is not sent again.
 *
 * The law: nothing that came from elsewhere is written before its list was checked, and a path of it leads nowhere but
 * into the folder of the bundle.
 */
import { createHash } from 'node:crypto'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { flag, list, object, type Shaped, text, whole } from '../shape/guards.ts'
import { plural } from '../words/plural.ts'
import { shorten } from '../words/suggest.ts'

const MOST_PATH = 1024
const MOST_SEGMENT_BYTES = 255
/** What is put there is not of the bundle. */
const OWN = 'node_modules/typhoon/'
const DIGEST = /^[0-9a-f]{64}$/

const file = object({
  /** Below the folder of the bundle, with `/` between its parts. */
  path: text(MOST_PATH),
  /** SHA-256 of its content, in hexadecimal. */
  digest: text(64),
  bytes: whole(),
  executable: flag,
})
/** A file of a bundle. */
export type BundleFile = Shaped<typeof file>

const manifest = object(
  {
    /** The file that defines the topology: the path of one of the files. */
    entry: text(MOST_PATH),
    files: list(file),
  },
  {
    /** `linux-x64`: it holds code that was compiled for that, and runs nowhere else. */
    platform: text(64),
  },
)
/** All that a bundle is. */
export type BundleManifest = Shaped<typeof manifest>

/** What a bundle may have. */
export interface BundleLimits {
  readonly bytes: number
  readonly files: number
}

/** Enough for what has a browser or a model in it; who needs more has put data beside the code. */
export const BUNDLE_LIMITS: BundleLimits = { bytes: 512 * 1024 * 1024, files: 50_000 }

/** The name of a bundle by what is in it. */
export function bundleId({ entry, files, platform }: BundleManifest): string {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1))
  const said = sorted.map(({ path, digest, bytes, executable }) => [path, digest, bytes, executable])
  return createHash('sha256')
    .update(JSON.stringify([entry, platform ?? null, said]))
    .digest('hex')
}

/** Whether it is a digest, and so a name that can be part of a path. */
export function isDigest(given: unknown): given is string {
  return typeof given === 'string' && DIGEST.test(given)
}

/** Checks a list of files that came from elsewhere. @throws BAD_BUNDLE, BUNDLE_TOO_LARGE */
export function checkManifest(given: unknown, limits: BundleLimits = BUNDLE_LIMITS): BundleManifest {
  if (!manifest(given)) throw badBundle('it is not a list of files, with path, digest, bytes and executable')
  const paths = new Set<string>()
  for (const { path, digest } of given.files) {
    if (!isDigest(digest)) throw badBundle(`the digest of "${shorten(path)}" is not one of SHA-256`)
    if (!isBelow(path)) throw badBundle(`"${shorten(path)}" is not a path below the folder of the bundle`)
    if (`${path}/`.startsWith(OWN)) throw badBundle('node_modules/typhoon is that of whoever runs the topology')
    if (paths.has(path)) throw badBundle(`"${shorten(path)}" is in it twice`)
    paths.add(path)
  }
  for (const path of paths)
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
      if (paths.has(path.slice(0, end))) throw badBundle(`"${shorten(path.slice(0, end))}" is a file and a folder`)
  if (!paths.has(given.entry)) throw badBundle(`its entry "${shorten(given.entry)}" is not one of its files`)
  checkSize(given.files, limits)
  return given
}

/** @throws BUNDLE_TOO_LARGE, with the folders that most of it is in */
export function checkSize(
  files: readonly Pick<BundleFile, 'path' | 'bytes'>[],
  { bytes: mostBytes, files: mostFiles }: BundleLimits = BUNDLE_LIMITS,
): void {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (bytes <= mostBytes && files.length <= mostFiles) return
  const what = `${plural(files.length, 'file')} and ${megabytes(bytes)}`
  const most = `${plural(mostFiles, 'file')} and ${megabytes(mostBytes)}`
  throw new TyphoonError('BUNDLE_TOO_LARGE', `the code of the topology has ${what}; at most it may have ${most}`, {
    hint: `data belongs elsewhere, and .typhoonignore leaves it out; most of it is in ${heaviest(files).join(', ')}`,
  })
}

/** From this size on a bundle is worth a word. */
const LARGE = 32 * 1024 * 1024

/** How large a bundle is, with its largest files; undefined where it is not large. */
export function sizeWords(files: readonly Pick<BundleFile, 'path' | 'bytes'>[]): string | undefined {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (bytes < LARGE) return undefined
  const largest = [...files].sort((a, b) => b.bytes - a.bytes).slice(0, 3)
  const named = largest.map((file) => `${shorten(file.path)} (${megabytes(file.bytes)})`).join(', ')
  return `${megabytes(bytes)} in ${plural(files.length, 'file')}; the largest are ${named}`
}

/** `node_modules/big (1200 MB)`: the folders of most bytes. */
function heaviest(files: readonly Pick<BundleFile, 'path' | 'bytes'>[]): string[] {
  const byFolder = new Map<string, number>()
  for (const { path, bytes } of files) {
    const parts = path.split('/')
    const depth = parts[0] === 'node_modules' ? (parts[1]?.startsWith('@') ? 3 : 2) : 1
    const folder = parts.slice(0, depth).join('/')
    byFolder.set(folder, (byFolder.get(folder) ?? 0) + bytes)
  }
  const sorted = [...byFolder].sort(([, a], [, b]) => b - a).slice(0, 3)
  return sorted.map(([folder, bytes]) => `${shorten(folder)} (${megabytes(bytes)})`)
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MB`
}

function isBelow(path: string): boolean {
  return !/[\0\\]/.test(path) && path.split('/').every((part) => part !== '' && !part.startsWith('.') && fitsName(part))
}

function fitsName(part: string): boolean {
  return Buffer.byteLength(part) <= MOST_SEGMENT_BYTES
}

function badBundle(why: string): TyphoonError {
  return new TyphoonError('BAD_BUNDLE', `the list of the topology's files is refused: ${why}`)
}
