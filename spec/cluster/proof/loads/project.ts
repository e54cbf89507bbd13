/** The project of a topology, as its author has it. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../../house/sources.ts'

/** Makes one in which Typhoon is installed. @param files by their names, with what is in them */
export function makeProject(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(ROOT, join(folder, 'node_modules/typhoon'))
  for (const [name, content] of Object.entries({ 'package.json': '{}', ...files }))
    writeFileSync(join(folder, name), content)
}
