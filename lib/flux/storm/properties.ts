/**
 * Java's files of properties, which Storm's `--filter` reads: `name=value`, `name: value`, `name value`. Rule:
 * `java.util.Properties.load`.
 */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { whyUnreadable } from '../modules/files.ts'

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

/** @throws FILE_NOT_FOUND */
export async function readProperties(file: string): Promise<Record<string, string>> {
  const path = resolve(file)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new TyphoonError('FILE_NOT_FOUND', whyUnreadable(path, error), { where: { file: path } })
  })
  return parseProperties(text)
}

/** The values by their names; of two with one name the last. */
export function parseProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const line of logicalLines(text.replace(/^\uFEFF/, ''))) {
    const [, name = '', value = ''] = /^((?:\\.|[^\s\\=:])*)\s*[=:]?\s*(.*)$/s.exec(line) ?? []
    properties[unescaped(name)] = unescaped(value)
  }
  return properties
}

/** A line that ends in an odd number of backslashes goes on in the next one. Comments begin with # or !. */
function logicalLines(text: string): string[] {
  const lines: string[] = []
  let begun = ''
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.trimStart()
    if (begun === '' && (line === '' || /^[#!]/.test(line))) continue
    const goesOn = (/\\*$/.exec(line)![0].length & 1) === 1
    begun += goesOn ? line.slice(0, -1) : line
    if (goesOn) continue
    lines.push(begun)
    begun = ''
  }
  return begun === '' ? lines : [...lines, begun]
}

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code?: string, letter = '') =>
    code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  )
}
