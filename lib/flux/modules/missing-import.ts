/**
 * What is wrong with an import that Node.js could not follow: it names the importing file and no line, so the line is
 * looked for; and what to do about it.
 */
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf, type Where } from '../../errors/typhoon-error.ts'
import { literal } from '../../util/literal.ts'
import { nearest } from '../../words/suggest.ts'

const MISSING = /^Cannot find (package|module) '([^']+)' imported from (.+?)(?:\n|$)/
/** The messages about syntax of the other kind of module. */
const OTHER_FORMAT =
  /^(?:Cannot use import statement outside a module|Unexpected token 'export'|(?:require|module|exports) is not defined in ES module scope)/

/** Where the import stands, and what to do; undefined of another error. */
export async function missingImport(error: unknown): Promise<{ where: Where; hint: string } | undefined> {
  const [, kind, target = '', importer] = MISSING.exec(messageOf(error)) ?? []
  if (importer === undefined) return undefined
  const file = importer.startsWith('file:') ? fileURLToPath(importer) : importer
  const hint = kind === 'package' ? `npm install ${target}, or is its name misspelt?` : await hintOfFile(target)
  return { where: await placeOfImport(file, kind === 'package' ? target : basename(target)), hint }
}

/** What to do where a file is a module of another kind than its name and its package.json say. */
export function hintOfFormat(error: unknown, path: string): string | undefined {
  if (extname(path) !== '.js' || !OTHER_FORMAT.test(messageOf(error))) return undefined
  return 'a topology is an ES module: name the file .ts or .mjs, or write "type": "module" into package.json, and use import and export'
}

async function placeOfImport(file: string, name: string): Promise<Where> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split(/\r?\n/)
  const quoted = new RegExp(`['"](?:[^'"]*/)?${literal(name)}(?:/[^'"]*)?['"]`)
  const index = lines.findIndex((line) => quoted.test(line))
  if (index < 0) return { file }
  const source = lines[index]!
  return { file, line: index + 1, column: source.search(quoted) + 1, source }
}

async function hintOfFile(path: string): Promise<string> {
  const names = await readdir(dirname(path)).catch((): string[] => [])
  const name = basename(path)
  const whole = names.find((one) => extname(one) !== '' && one.slice(0, -extname(one).length) === name)
  const near = whole ?? nearest(name, names)
  return near === undefined
    ? 'a file is imported by its path from this one, with its extension'
    : `did you mean "${near}"? A file is imported with its extension`
}
