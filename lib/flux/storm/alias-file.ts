/**
 * A table of aliases in a file of its own (`--alias FILE`): Java class name → what stands for it, as `aliases:` in a
 * topology's file has it.
 */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Report } from '../../annex/definition-report.ts'
import { textAt } from '../../annex/yaml-value.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { whyUnreadable } from '../modules/files.ts'
import { readYaml } from '../yaml/read-yaml.ts'
import { Variables } from '../yaml/variables.ts'

/**
 * The table; a module that is relative to the file is absolute then.
 * @throws FILE_NOT_FOUND, YAML_SYNTAX, YAML_SHAPE
 */
export async function readAliasFile(file: string): Promise<Record<string, string>> {
  const path = resolve(file)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new TyphoonError('FILE_NOT_FOUND', whyUnreadable(path, error), { where: { file: path } })
  })
  const report = new Report()
  const table = readYaml(text, path, new Variables({}, {}), report)
  report.throwIfAny()
  const aliases: Record<string, string> = {}
  if (table?.kind !== 'map') throw notATable(path)
  for (const [name, { key }] of table.entries) {
    const target = textAt(table, name)?.text
    if (target === undefined) throw notATable(path, key.line)
    aliases[name] = /^\.{1,2}[\\/]/.test(target) ? resolve(dirname(path), target) : target
  }
  return aliases
}

function notATable(file: string, line?: number): TyphoonError {
  const where = line === undefined ? { file } : { file, line }
  const hint = 'com.example.MySpout: ./my-spout.ts#MySpout'
  return new TyphoonError('YAML_SHAPE', 'a table of aliases maps names of Java classes to what stands for them', {
    where,
    hint,
  })
}
