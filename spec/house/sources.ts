/**
 * The sources as the house reads them. TypeScript 7 has no stable API to parse with, so this is a scanner of a page: it
 * knows comments, strings, templates and regular expressions apart, and that is enough for every rule of the house.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOMS } from './rooms.ts'

/** The folder of the repository; the specifications run in `dist/spec`. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** One source file. Of `code` and `bare` each line stands where it does in `text`. */
export interface Source {
  /** Relative to the repository, with slashes: `lib/acker/ledger.ts`. */
  readonly path: string
  readonly text: string
  /** Without comments. */
  readonly code: string
  /** Without comments, and without what stands in strings and regular expressions. */
  readonly bare: string
}

/** An import as it is written. */
export interface Import {
  readonly from: string
  readonly specifier: string
  /** The file in the repository that it names; undefined for a package. */
  readonly file: string | undefined
  /** It names a module by its URL alone, to start it in a process or thread of its own. */
  readonly starts: boolean
  /** It takes types alone, and loads nothing. */
  readonly isType: boolean
}

/** Paths of all files under a folder, sorted; none where there is no such folder. */
export function filesIn(folder: string, extension = ''): string[] {
  try {
    const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
      .map((entry) => posix.normalize(join(entry.parentPath, entry.name).slice(ROOT.length)))
      .sort()
  } catch {
    return []
  }
}

/** A text file of the repository. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** All TypeScript under a folder. */
export function sourcesIn(folder: string): Source[] {
  return filesIn(folder, '.ts').map((path) => source(path, read(path)))
}

/** A source out of its text. */
export function source(path: string, text: string): Source {
  return { path, text, ...strip(text) }
}

/**
 * The room of a file: the innermost folder around it that has a row in the table, `trident/plan`; the folder below lib
 * where none has. `index` is the public face, and what is outside of lib and bin is in no room.
 */
export function roomOf(path: string): string | undefined {
  const [top, ...names] = path.split('/')
  if (top !== 'lib') return top === 'bin' ? 'bin' : undefined
  if (names[0] === 'index.ts') return 'index'
  const folders = names.slice(0, -1).map((_, index) => names.slice(0, index + 1).join('/'))
  return folders.findLast((folder) => Object.hasOwn(ROOMS, folder)) ?? names[0]
}

const STATIC_IMPORT =
  /^(?:import|export)\s+(?:type\s+)?(?:(?:\w+,?\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?)?\s*from\s+)?'([^']+)'/gm
const DYNAMIC_IMPORT = /\bimport\(\s*'([^']+)'/g
const MODULE_URL = /\bnew URL\(\s*'([^']+\.js)'/g

/** What a file imports: statically, with `import()`, and by the URL of a module. */
export function importsOf({ path, code }: Source): Import[] {
  return [STATIC_IMPORT, DYNAMIC_IMPORT, MODULE_URL].flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => {
      const specifier = match[1]!
      const file = specifier.startsWith('.') ? posix.join(dirname(path), specifier).replace(/\.js$/, '.ts') : undefined
      const isType = /^(?:import|export)\s+type\s/.test(match[0])
      return { from: path, specifier, file, starts: pattern === MODULE_URL, isType }
    }),
  )
}

/** After one of these a slash begins a regular expression. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of))\s*$/

function strip(text: string): { code: string; bare: string } {
  let code = ''
  let bare = ''
  let at = 0
  /** Depths of braces at which a `${` was opened. */
  const templates: number[] = []
  let depth = 0
  const keep = (length: number): void => {
    code += text.slice(at, at + length)
    bare += text.slice(at, at + length)
    at += length
  }
  const blank = (end: number, isComment: boolean): void => {
    const part = text.slice(at, end)
    code += isComment ? part.replace(/[^\n]/g, ' ') : part
    bare += part.replace(/[^\n]/g, ' ')
    at = end
  }
  const template = (): void => {
    const end = endOfTemplate(text, at)
    const opens = text.startsWith('${', end - 2) && text[end - 1] === '{'
    blank(opens ? end - 2 : end, false)
    if (!opens) return
    keep(2)
    templates.push(depth++)
  }
  while (at < text.length) {
    const char = text[at]!
    if (text.startsWith('//', at)) blank(endOf(text, '\n', at), true)
    else if (text.startsWith('/*', at)) blank(endOf(text, '*/', at + 2) + 2, true)
    else if (char === "'" || char === '"') blank(endOfQuoted(text, at, char), false)
    else if (char === '`') {
      keep(1)
      template()
    } else if (char === '/' && BEFORE_REGEX.test(bare.slice(-40))) blank(endOfRegex(text, at), false)
    else if (char === '{') {
      depth++
      keep(1)
    } else if (char === '}') {
      depth--
      keep(1)
      if (templates.at(-1) === depth) {
        templates.pop()
        template()
      }
    } else keep(1)
  }
  return { code, bare }
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from)
  return end === -1 ? text.length : end
}

function endOfQuoted(text: string, from: number, quote: string): number {
  let at = from + 1
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** After the closing backtick, or after the `${` that comes first. */
function endOfTemplate(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    if (text[at] === '`') return at + 1
    if (text.startsWith('${', at)) return at + 2
    at += text[at] === '\\' ? 2 : 1
  }
  return at
}

function endOfRegex(text: string, from: number): number {
  let inClass = false
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at]!
    if (char === '\\') at++
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '/' && !inClass) return at + 1
    else if (char === '\n') return from + 1
  }
  return text.length
}
