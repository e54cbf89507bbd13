/**
 * The code of a topology in one file of plain JavaScript, with all packages that it needs: whoever runs it needs
 * Node.js and nothing else. What cannot be in such a file is refused. Why esbuild: docs/decisions/045-storm-export.md.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BuildFailure, BuildResult, Message, Metafile, Plugin } from 'esbuild'
import { DefinitionError, type Problem } from '../../errors/typhoon-error.ts'

/** A bundle. */
export interface Bundle {
  readonly code: string
  /** What is allowed and may not work, a sentence each. */
  readonly warnings: readonly string[]
}

/** Where Typhoon itself is. */
const OWN = fileURLToPath(new URL('../../', import.meta.url))

/** What a package in CommonJS expects of its surroundings, which a module of ECMAScript does not have. */
const BANNER = `import { createRequire as typhoonRequire } from 'node:module'
globalThis.require ??= typhoonRequire(import.meta.url)
globalThis.__filename ??= import.meta.filename
globalThis.__dirname ??= import.meta.dirname`

/**
 * @param entry the module that it begins with
 * @param folder that of the topology's file
 * @throws CANNOT_BUNDLE (rejects) with all that cannot be found, read or taken along
 */
export async function bundle(entry: string, folder: string): Promise<Bundle> {
  // Who exports nothing does not load it.
  const { build } = await import('esbuild')
  const built = await build({
    stdin: { contents: entry, resolveDir: folder, sourcefile: 'topology', loader: 'js' },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    charset: 'utf8',
    keepNames: true,
    logLevel: 'silent',
    logOverride: { 'unsupported-dynamic-import': 'warning', 'unsupported-require-call': 'warning' },
    banner: { js: BANNER },
    absWorkingDir: folder,
    plugins: [typhoon, native],
  }).catch((error: unknown) => {
    const { errors } = Object(error) as Partial<BuildFailure>
    throw errors === undefined
      ? error
      : new DefinitionError(
          errors.map((one) => problemOf(one, folder)),
          error,
        )
  })
  const refused = nativePackages(built, folder).map(nativePackage)
  if (refused.length > 0) throw new DefinitionError(refused)
  const warnings = built.warnings.filter(({ location }) => !isOwn(resolve(folder, location?.file ?? '')))
  return { code: built.outputFiles[0]!.text, warnings: warnings.map(warningOf) }
}

/** `typhoon` is the one that exports; of it, what is not used stays out. */
const typhoon: Plugin = {
  name: 'typhoon',
  setup(build) {
    const { resolve: find } = createRequire(import.meta.url)
    build.onResolve({ filter: /^typhoon(?:\/|$)/ }, ({ path }) => ({ path: find(path), sideEffects: false }))
    build.onResolve({ filter: /^\.\.?\// }, ({ path, importer }) =>
      isOwn(importer) ? { path: resolve(dirname(importer), path), sideEffects: false } : undefined,
    )
  },
}

const NATIVE = 'it is compiled for one kind of machine, and cannot be part of a bundle'

const native: Plugin = {
  name: 'native',
  setup(build) {
    build.onResolve({ filter: /\.node$/ }, ({ path }) => ({ errors: [{ text: `${path}: ${NATIVE}` }] }))
  },
}

function isOwn(file: string): boolean {
  return file.startsWith(OWN)
}

/** What finds the compiled part of a package as it runs, which no bundler sees. */
const LOADERS = [
  'bindings',
  'node-gyp-build',
  'node-gyp-build-optional-packages',
  'prebuild-install',
  'node-pre-gyp',
  '@mapbox/node-pre-gyp',
]

/** Names of packages that stand in it and have a part that is compiled for a machine. */
function nativePackages({ metafile }: BuildResult & { readonly metafile: Metafile }, folder: string): string[] {
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs: all }) =>
    Object.entries(all).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [resolve(folder, file)] : [])),
  )
  const folders = new Set(inputs.flatMap((file) => packageOf(file) ?? []))
  return [...folders].filter(isNative).map((one) => one.slice(one.lastIndexOf(NODE_MODULES) + NODE_MODULES.length))
}

const NODE_MODULES = `${sep}node_modules${sep}`

/** The folder of the package that a file is in; undefined for a file of the topology's own. */
function packageOf(file: string): string | undefined {
  const at = file.lastIndexOf(NODE_MODULES)
  if (at < 0) return undefined
  const [scope = '', name = ''] = file.slice(at + NODE_MODULES.length).split(sep)
  return join(file.slice(0, at), NODE_MODULES, scope, scope.startsWith('@') ? name : '')
}

function isNative(folder: string): boolean {
  if (existsSync(join(folder, 'binding.gyp'))) return true
  const { gypfile, dependencies, optionalDependencies } = readPackage(folder)
  const isForMachines = Object.keys(Object(optionalDependencies)).some((name) => /-(?:x64|arm64)\b/.test(name))
  return gypfile === true || isForMachines || LOADERS.some((name) => Object.hasOwn(Object(dependencies), name))
}

function readPackage(folder: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  } catch {
    return {}
  }
}

function nativePackage(name: string): Problem {
  const hint = 'take a package of plain JavaScript in its place, or let the component run outside of the export'
  return { code: 'CANNOT_BUNDLE', message: `the package ${name} cannot be taken along: ${NATIVE}`, where: {}, hint }
}

function problemOf({ text, location }: Message, folder: string): Problem {
  const message = text.slice(0, 1).toLowerCase() + text.slice(1)
  if (location === null || location.file === 'topology') return { code: 'CANNOT_BUNDLE', message, where: {} }
  const { file, line, column, lineText } = location
  const where = { file: resolve(folder, file), line, column: column + 1, source: lineText }
  return { code: 'CANNOT_BUNDLE', message, where }
}

function warningOf({ text, location }: Message): string {
  return location === null ? text : `${location.file}:${location.line}: ${text}`
}
