/** Files of JSON, a value a line: dead letters, journals. */
import { existsSync, readFileSync } from 'node:fs'

/** The values; none where there is no such file. */
export function jsonLinesIn(file: string): any[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
