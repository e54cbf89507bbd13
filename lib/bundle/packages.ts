/**
 * The packages that a project depends on, and where they stand in a bundle, so that Node.js finds for each the same
 * ones as it did where the project was. Development dependencies stay behind, and so does Typhoon: the one that runs
 * the topology is put there.
 *
 * The law: a package is placed as high as none of another name and version is in the way, and all that one package
 * needs is placed before what those need in turn. So no later placement can change what an earlier one finds.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'

/** A package, and its place in the bundle. */
export interface PlacedPackage {
  readonly name: string
  /** Where it is now, without links. */
  readonly folder: string
  /** `node_modules/name`, or deeper. */
  readonly placed: string
  /** It is compiled when it is installed. */
  readonly isNative: boolean
}

interface PackageFile {
  readonly name?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly gypfile?: boolean
}

/** Whoever runs the topology has it. */
const OWN = 'typhoon'

/** The nearest folder at or above this one that has a package.json; undefined: there is none. */
export function projectOf(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at
    if (dirname(at) === at) return undefined
  }
}

/** @throws BUNDLE_DEPENDENCY for a package that is not installed, or a package.json that cannot be read */
export function packagesOf(root: string): PlacedPackage[] {
  const placed = new Map<string, PlacedPackage>()
  const waiting: { readonly folder: string; readonly place: string }[] = [{ folder: root, place: '' }]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { folder, place } = next
    for (const [name, isOptional] of needs(folder)) {
      const found = installed(name, folder)
      if (found === undefined) {
        if (isOptional) continue
        throw notInstalled(name, folder)
      }
      if (visible(name, place, placed) === found) continue
      const where = isFree(name, placed)
        ? `node_modules/${name}`
        : `${place === '' ? '' : `${place}/`}node_modules/${name}`
      placed.set(where, { name, folder: found, placed: where, isNative: isCompiled(found) })
      waiting.push({ folder: found, place: where })
    }
  }
  return [...placed.values()]
}

/** What it needs, and whether it can do without. */
function needs(folder: string): [name: string, isOptional: boolean][] {
  const { dependencies = {}, optionalDependencies = {} } = read(folder)
  const optional = Object.keys(optionalDependencies)
  const must = Object.keys(dependencies).filter((name) => !optional.includes(name))
  const all: [string, boolean][] = [...must.map((name) => [name, false] as [string, boolean])]
  return [...all, ...optional.map((name) => [name, true] as [string, boolean])].filter(([name]) => name !== OWN)
}

function read(folder: string): PackageFile {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return {}
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PackageFile
  } catch (cause) {
    throw new TyphoonError('BUNDLE_DEPENDENCY', `${file} cannot be read: ${messageOf(cause)}`, {
      where: { file },
      cause,
    })
  }
}

/** Where Node.js finds a package, from a folder. */
function installed(name: string, folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
    if (dirname(at) === at) return undefined
  }
}

/** What a package at a place in the bundle would find now. */
function visible(name: string, place: string, placed: ReadonlyMap<string, PlacedPackage>): string | undefined {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const found = placed.get(`${at === '' ? '' : `${at}/`}node_modules/${name}`)
    if (found !== undefined) return found.folder
    if (at === '') return undefined
  }
}

function isFree(name: string, placed: ReadonlyMap<string, PlacedPackage>): boolean {
  return !placed.has(`node_modules/${name}`)
}

function isCompiled(folder: string): boolean {
  return read(folder).gypfile === true || existsSync(join(folder, 'binding.gyp'))
}

function notInstalled(name: string, folder: string): TyphoonError {
  const file = join(folder, 'package.json')
  return new TyphoonError('BUNDLE_DEPENDENCY', `"${name}", which ${file} depends on, is not installed`, {
    where: { file },
    hint: 'run npm install where the topology is, or remove the dependency',
  })
}
