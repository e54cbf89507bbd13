/**
 * Where in a user's files a module went wrong, and what is wrong there. Three authors tell it in three ways, and each
 * counts columns by its own rule; here all of them become the place that an editor shows, from 1 up, in characters of
 * the line:
 *
 *     at f (/a/b.ts:3:7)                          a stack of V8: from 1 up, in characters
 *     /a/b.ts:3:6: ERROR: Unexpected "="          esbuild, and so tsx: from 0 up, in bytes
 *     file:///a/b.ts:3  and a line with carets    Node.js, where it strips types or links modules: its tabs are blanks
 *
 * Of a syntax error in JavaScript an import tells no place at all; `node --check` does.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf, type Where } from '../../errors/typhoon-error.ts'
import { userPlaces } from '../../errors/user-places.ts'
import { lineOf } from './files.ts'

const OF_ESBUILD = /^(.+?):(\d+):(\d+): ERROR: (.*)$/m
const OF_NODE = /^(file:\/\/\/.+|(?:\/|[A-Za-z]:\\).+):(\d+)\n((?:.*\n)*?)([ \t]*)\^+ *\n/

/** What stands below the import in a stack is not part of what was imported. */
const IMPORTER = join(dirname(import.meta.filename), 'import-module')

/**
 * The topmost place of an error that is a user's file; that file alone if no line is known.
 * @param path of what was loaded
 */
export async function whereThrown(error: unknown, path: string): Promise<Where> {
  if (!(error instanceof Error)) return { file: path }
  const stack = typeof error.stack === 'string' ? error.stack : ''
  const found = (await placeOfCompiler(error.message, stack)) ?? (await placeOfThrow(error.message, stack))
  return found ?? (error.name === 'SyntaxError' ? await placeOfSyntaxError(path) : undefined) ?? { file: path }
}

/**
 * The message of what a module has thrown; of a compiler's report the first sentence, for its place is shown
 * separately.
 */
export function messageOfModule(error: unknown): string {
  const message = messageOf(error)
  return OF_ESBUILD.exec(message)?.[4] ?? message
}

async function placeOfCompiler(message: string, stack: string): Promise<Where | undefined> {
  const [, named, row, bytes] = OF_ESBUILD.exec(message) ?? []
  if (named === undefined) return placeOfNode(stack)
  // esbuild does not know .mts; tsx gives it another name.
  const path = existsSync(named) ? named : named.replace(/\.ts$/, '.mts')
  const line = Number(row)
  const source = await lineOf(path, line)
  const column = Buffer.from(source ?? '').toString('utf8', 0, Number(bytes)).length + 1
  return { file: path, line, column, ...(source === undefined ? {} : { source }) }
}

async function placeOfNode(report: string): Promise<Where | undefined> {
  const [, place, row, shown = '', blanks = ''] = OF_NODE.exec(report) ?? []
  if (place === undefined) return undefined
  const file = pathOf(place)
  const line = Number(row)
  const source = await lineOf(file, line)
  const last = shown.split('\n').at(-2) ?? ''
  const mark = last.startsWith('\uFEFF') ? 1 : 0
  const column = columnIn(source ?? '', last.length - mark, blanks.length - mark)
  return source === undefined ? { file, line } : { file, line, column, source }
}

/** Only of the module itself: which of those that it imports is wrong is not known. */
function placeOfSyntaxError(path: string): Promise<Where | undefined> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--check', path], (_error, _stdout, stderr) => resolve(placeOfNode(stderr)))
  })
}

/**
 * The column of a source line over which a caret stands, where the line was shown so long: each tab may have become
 * several blanks.
 */
function columnIn(source: string, shownLength: number, caret: number): number {
  const tabs = source.split('\t').length - 1
  const widthOfTab = tabs === 0 ? 1 : (shownLength - source.length) / tabs + 1
  let width = 0
  for (let index = 0; index < source.length; index++) {
    if (width >= caret) return index + 1
    width += source[index] === '\t' ? widthOfTab : 1
  }
  return source.length + 1
}

async function placeOfThrow(message: string, stack: string): Promise<Where | undefined> {
  const [own = ''] = stack.split(IMPORTER)
  for (const place of userPlaces(`${own}\n${message}`)) {
    const source = await lineOf(place.file, place.line)
    if (source !== undefined) return { ...place, source }
  }
  return undefined
}

function pathOf(place: string): string {
  return place.startsWith('file:') ? fileURLToPath(place) : place
}
