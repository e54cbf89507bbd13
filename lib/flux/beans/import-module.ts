/**
 * Imports modules of users: JavaScript, and TypeScript without a build step, which Node.js itself reads where it strips types,
 * and tsx where it does not.
 *
 * A `.ts` file is an ES module, whatever the nearest package.json says: typhoon is one, and a CommonJS copy of a component
 * would bring a second typhoon along.
 */
import { stat } from 'node:fs/promises'
import { register } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { messageOf, TyphoonError, type Where } from '../../errors/typhoon-error.ts'
import { lineOf, whyUnreadable } from './files.ts'

/** What a module exports, by name. */
export type Exports = Readonly<Record<string, unknown>>

/** Extensions that a module can have. */
export const MODULE_EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'] as const

const TYPESCRIPT = /\.m?ts$/

/** @throws FILE_NOT_FOUND, MODULE_FAILED (with the place of the throw, where its stack shows one) */
export async function importModule(path: string): Promise<Exports> {
  try {
    await stat(path)
  } catch (error) {
    throw new TyphoonError('FILE_NOT_FOUND', whyUnreadable(path, error))
  }
  try {
    if (TYPESCRIPT.test(path)) await readTypeScript()
    return (await import(pathToFileURL(path).href)) as Exports
  } catch (error) {
    const where = await whereThrown(error, path)
    throw new TyphoonError('MODULE_FAILED', `${path} failed while it was loaded: ${messageOf(error)}`, {
      where,
      cause: error,
    })
  }
}

let ready: Promise<void> | undefined

/** Makes `import` understand TypeScript, from here on, in this process. */
function readTypeScript(): Promise<void> {
  ready ??= (async () => {
    const native = Boolean((process.features as { typescript?: unknown }).typescript)
    if (!native) (await import('tsx/esm/api')).register()
    const hook = esModuleHook(native ? 'module-typescript' : 'module')
    register(`data:text/javascript,${encodeURIComponent(hook)}`)
  })()
  return ready
}

function esModuleHook(format: string): string {
  return `export async function resolve(specifier, context, next) {
    const found = await next(specifier, context)
    const isOurs = /\\.ts(\\?|$)/.test(found.url) && !found.url.includes('/node_modules/')
    return isOurs ? { ...found, format: '${format}' } : found
  }`
}

/** `/a/b.ts:3:7` or `file:///a/b.ts:3`, as in stacks and in the messages of compilers. */
const POSITION = /(file:\/\/\/[^\s()]+?|(?:\/|[A-Za-z]:\\)[^\s():]+?):(\d+)(?::(\d+))?(?=[\s):]|$)/gm

/** Typhoon's own modules: what they throw, someone else has caused. */
const LIB = resolve(import.meta.dirname, '../..')

/** The topmost place of the stack that is a user's file. What stands below this module in the stack is no part of what was loaded. */
export async function whereThrown(error: unknown, path: string): Promise<Where> {
  if (!(error instanceof Error)) return { file: path }
  const [stack = ''] = (error.stack ?? '').split(import.meta.filename)
  for (const [, place, line, column] of `${stack}\n${error.message}`.matchAll(POSITION)) {
    const file = place!.startsWith('file:') ? fileURLToPath(place!) : place!
    if (file.includes('node_modules') || file.startsWith(LIB)) continue
    const source = await lineOf(file, Number(line))
    if (source === undefined) continue
    return { file, line: Number(line), ...(column === undefined ? {} : { column: Number(column) }), source }
  }
  return { file: path }
}
