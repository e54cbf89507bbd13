/**
 * The annexes of packages: what stands under `typhoon` in their package.json.
 *
 *     "typhoon": { "classes": { "KafkaSpout": "./dist/kafka-spout.js#KafkaSpout" } }
 *
 * A file's own package is the nearest package.json above it. Only packages that this one depends on are looked at, and
 * of those the package.json alone: a module of theirs is loaded when a file names what it exports. A package.json
 * that belongs to somebody else than the user, the owner of the file or the superuser is not trusted.
 */
import type { Stats } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import type { Annex, Section } from '../../annex/annex.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { isMap } from '../../shape/guards.ts'
import { shorten, suggest } from '../../words/suggest.ts'
import { importModule } from '../modules/import-module.ts'

/** An annex, and the package that hands it over. */
export interface PackageAnnex {
  readonly name: string
  readonly annex: Annex
}

type Json = Readonly<Record<string, unknown>>

const FILE = 'package.json'
const KEY = 'typhoon'
const TABLES = ['classes', 'sections'] as const
const DEPENDENCIES = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies']
/** No larger one is read. */
const MAX_BYTES = 4 * 1024 * 1024
const PACKAGE_NAME = /^(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*$/
/** A module below the folder of the package, and an export of it. */
const TARGET = /^\.\/((?:(?!\.\.?\/)[^/\\#]+\/)*[^/\\#]+)#([\w$]+)$/

/**
 * Those of the packages that the package of a file depends on, in the order in which it names them; one that is not
 * installed is left out.
 * @throws BAD_ANNEX (rejects)
 */
export async function annexesOfPackages(file: string): Promise<readonly PackageAnnex[]> {
  const owner = await stat(file).catch(() => undefined)
  const own = await nearest(dirname(file), FILE, owner)
  if (own === undefined) return []
  const names = new Set(DEPENDENCIES.flatMap((key) => Object.keys(Object(own.json[key]))))
  const found = await Promise.all(
    [...names].map(async (name) => {
      if (!PACKAGE_NAME.test(name)) return []
      const one = await nearest(own.folder, join('node_modules', name, FILE), owner)
      return one?.json[KEY] === undefined ? [] : [{ name, annex: annexOf(one.folder, one.json[KEY]) }]
    }),
  )
  return found.flat()
}

interface Package {
  readonly folder: string
  readonly json: Json
}

/** The package.json of that path in a folder or, if there is none, in the next one above that has it. */
async function nearest(from: string, path: string, owner: Stats | undefined): Promise<Package | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    const json = await readPackage(join(folder, path), owner)
    if (json !== undefined) return { folder: dirname(join(folder, path)), json }
    if (folder === dirname(folder)) return undefined
  }
}

/** Undefined where there is no such file. @throws BAD_ANNEX (rejects) */
async function readPackage(path: string, owner: Stats | undefined): Promise<Json | undefined> {
  const stats = await stat(path).catch(() => undefined)
  if (stats?.isFile() !== true) return undefined
  if (!isTrusted(stats.uid, owner?.uid, process.getuid?.()))
    throw badAnnex(
      path,
      'it belongs to another user, and is not trusted',
      'install the package as the user who runs it',
    )
  if (stats.size > MAX_BYTES) throw badAnnex(path, `it has ${stats.size} bytes, more than ${MAX_BYTES}`)
  try {
    const json: unknown = JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''))
    if (isMap(json)) return json
  } catch {}
  throw badAnnex(path, 'it is not a JSON object')
}

/**
 * Whether a package.json may say what is loaded: it is the user's, the superuser's, or of whoever owns the file that
 * the user runs.
 * @param user undefined where the system knows no owners
 */
export function isTrusted(owner: number, ownerOfFile: number | undefined, user: number | undefined): boolean {
  return user === undefined || owner === user || owner === 0 || owner === ownerOfFile
}

/** @throws BAD_ANNEX */
function annexOf(folder: string, given: unknown): Annex {
  const path = join(folder, FILE)
  const hint = `"${KEY}": { "classes": { "MySpout": "./my-spout.js#MySpout" } }`
  if (!isMap(given)) throw badAnnex(path, `"${KEY}" is not an object`, hint)
  for (const key of Object.keys(given)) {
    if ((TABLES as readonly string[]).includes(key)) continue
    throw badAnnex(path, `"${KEY}" has no key "${key}"`, suggest(key, TABLES))
  }
  const { classes = {}, sections = {} } = given
  return { classes: loaders(path, 'classes', classes), sections: loaders<Section>(path, 'sections', sections) }
}

function loaders<T = unknown>(path: string, table: string, given: unknown): Record<string, () => Promise<T>> {
  const example = './my-spout.js#MySpout'
  if (!isMap(given)) throw badAnnex(path, `"${KEY}.${table}" is not an object`, `"${table}": { "…": "${example}" }`)
  return Object.fromEntries(
    Object.entries(given).map(([name, target]) => {
      const [, module, export_] = typeof target === 'string' ? (TARGET.exec(target) ?? []) : []
      if (module !== undefined && export_ !== undefined)
        return [name, () => exportOf<T>(join(dirname(path), module), export_, path)]
      // Who names another one has nothing to do with it.
      const what = `"${name}" of "${KEY}.${table}" is ${shorten(JSON.stringify(target))}, which ${whyWrong(target)}`
      return [name, () => Promise.reject(badAnnex(path, what, `"${name}": "${example}"`))]
    }),
  )
}

function whyWrong(target: unknown): string {
  if (typeof target !== 'string') return 'is not a text'
  if (!target.includes('#')) return 'names no export'
  return target.startsWith('./') && !/(?:^|\/)\.\.(?:\/|$)/.test(target)
    ? 'does not name a module of the package and an export of it'
    : 'does not begin with "./", or leaves the package'
}

/** A link may lead out of the package, too. */
async function exportOf<T>(module: string, name: string, path: string): Promise<T> {
  const [real, folder] = await Promise.all([realpath(module).catch(() => module), realpath(dirname(path))])
  if (real !== module && !real.startsWith(folder + sep)) throw badAnnex(path, `${module} leads out of the package`)
  const exports = await importModule(module)
  if (Object.hasOwn(exports, name)) return exports[name] as T
  throw badAnnex(path, `${module} has no export "${name}"`, suggest(name, Object.keys(exports)))
}

function badAnnex(path: string, message: string, hint?: string): TyphoonError {
  return new TyphoonError('BAD_ANNEX', `${path}: ${message}`, {
    where: { file: path },
    ...(hint === undefined ? {} : { hint }),
  })
}
