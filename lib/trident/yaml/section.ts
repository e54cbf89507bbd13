/** The `trident` section of a file, from its maps to the definition. Who has none does not load Trident. */

import type { Report } from '../../annex/report.ts'
import type { YamlMap } from '../../annex/yaml-value.ts'
import type { Beans } from '../../flux/beans/beans.ts'
import type { TopologyYaml } from '../../flux/yaml/includes.ts'
import type { ConfigMap } from '../../topology/config.ts'
import type { TopologyDefinition } from '../../topology/definition.ts'
import { TridentBuilder } from './build-section.ts'
import { OperandBeans, Operands } from './operands.ts'
import { type Entry, readEntries, settingsOf } from './read-section.ts'

/** A section that was read. */
export interface TridentSection {
  readonly entries: readonly Entry[]
  readonly operands: OperandBeans
  /** What must be loaded for it. */
  readonly beans: readonly YamlMap[]
}

/** Reads the entries of the section. */
export function readTrident(maps: Iterable<YamlMap>): TridentSection {
  const entries = readEntries(maps)
  const operands = new OperandBeans()
  const beans = entries.flatMap(settingsOf).flatMap((setting) => operands.allOf(setting))
  return { entries, operands, beans: [...new Set(beans)] }
}

/** Undefined where something is wrong, which is reported. */
export async function buildTrident(
  yaml: TopologyYaml,
  { entries, operands }: TridentSection,
  name: string,
  config: ConfigMap,
  beans: Beans,
  report: Report,
): Promise<TopologyDefinition | undefined> {
  const trident = await import('./index.ts')
  const made = new Operands(trident, beans, operands, yaml.components, report)
  const builder = new TridentBuilder(trident, entries, made, report, name, config)
  return builder.build(yaml.tridentAt ?? yaml.place, yaml.name?.place ?? yaml.place)
}
