/**
 * Imports modules of users: JavaScript, and TypeScript without a build step, which Node.js itself reads where it strips
 * types, and tsx where it does not.
 *
 * A `.ts` file is an ES module, whatever the nearest package.json says: typhoon is one, and a CommonJS copy of a
 * component would bring a second typhoon along.
 */
import { register } from 'node:module'
import { pathToFileURL } from 'node:url'
import { isOutOfDescriptors } from '../../errors/out-of-descriptors.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { sizeOfFile, whyUnreadable } from './files.ts'
import { hintOfFormat, missingImport } from './missing-import.ts'
import { settles } from './settles.ts'
import { messageOfModule, whereThrown } from './where-thrown.ts'

/** What a module exports, by name. */
export type Exports = Readonly<Record<string, unknown>>

/** Extensions that a module can have. */
export const MODULE_EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'] as const

const TYPESCRIPT = /\.m?ts$/

/**
 * @throws FILE_NOT_FOUND, MODULE_FAILED (with the place of the throw, where its stack shows one); the error of the
 * system where no descriptor is left
 */
export async function importModule(path: string): Promise<Exports> {
  try {
    await sizeOfFile(path)
  } catch (error) {
    throw new TyphoonError('FILE_NOT_FOUND', whyUnreadable(path, error))
  }
  return settles(path, imported(path))
}

async function imported(path: string): Promise<Exports> {
  try {
    if (TYPESCRIPT.test(path)) await readTypeScript()
    return (await import(pathToFileURL(path).href)) as Exports
  } catch (error) {
    // No fault of the module's.
    if (isOutOfDescriptors(error)) throw error
    const missing = await missingImport(error)
    const where = missing?.where ?? (await whereThrown(error, path))
    const hint = missing?.hint ?? hintOfFormat(error, path)
    throw new TyphoonError('MODULE_FAILED', `${path} failed while it was loaded: ${messageOfModule(error)}`, {
      where,
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}

let ready: Promise<void> | undefined

/** Makes `import` understand TypeScript, from here on, in this process. */
function readTypeScript(): Promise<void> {
  ready ??= (async () => {
    const native = Boolean((process.features as { typescript?: unknown }).typescript)
    if (!native) await registerTsx()
    const hook = esModuleHook(native ? 'module-typescript' : 'module')
    register(`data:text/javascript,${encodeURIComponent(hook)}`)
  })()
  return ready
}

/**
 * What tsx sees of the environment, in this thread and in that of the hooks: no cache, and no folder for temporary
 * files. Its own lies in the one that all users share, under a name that anybody can take first, and what is found
 * there it would run.
 */
const TSX_ENVIRONMENT = { TSX_DISABLE_CACHE: '1', TMPDIR: '/dev/null' }

/**
 * tsx reads its settings while it is imported and registered, which is when the thread of the hooks gets its
 * environment.
 */
async function registerTsx(): Promise<void> {
  const before = Object.keys(TSX_ENVIRONMENT).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, TSX_ENVIRONMENT)
  try {
    ;(await import('tsx/esm/api')).register()
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

function esModuleHook(format: string): string {
  return `export async function resolve(specifier, context, next) {
    const found = await next(specifier, context)
    const isOurs = /\\.ts(\\?|$)/.test(found.url) && !found.url.includes('/node_modules/')
    return isOurs ? { ...found, format: '${format}' } : found
  }`
}
