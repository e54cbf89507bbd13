/**
 * Loads a topology so that it can be run. Workers are processes: each makes the topology anew, so what is run is what a
 * file defines, together with what went into it.
 */
import { fileURLToPath } from 'node:url'
import type { DefinitionSource } from '../messaging/control.ts'
import { checkOptions, map, type OptionTable, text, textMap } from '../shape/options.ts'
import type { ConfigMap } from '../topology/config/config.ts'
import { LoadedTopology } from './loaded-topology.ts'
import { loadTopology } from './with-annexes.ts'

/** What goes into a definition beside its file. */
export interface LoadOptions {
  /** Values of the `${variables}` of a YAML, or what the function of a module is given. */
  readonly variables?: Readonly<Record<string, string>>
  /** Further variables, which need not be used; `variables` overrides them. */
  readonly filter?: Readonly<Record<string, string>>
  /** What stands for a className of the YAML: `com.example.MySpout` → `./my-spout.ts#MySpout`. */
  readonly aliases?: Readonly<Record<string, string>>
  /** A file of properties, `name=value` in each line, whose values stand below those of `filter`. */
  readonly filterFile?: string | undefined
  /** A file in YAML with a table of aliases, which stand below those of `aliases`. */
  readonly aliasFile?: string | undefined
  /** Overrides the configuration of the topology; a component's own overrides both. */
  readonly config?: ConfigMap
}

/** @internal */
export const LOAD = {
  variables: textMap({ default: {} }),
  filter: textMap({ default: {} }),
  aliases: textMap({ default: {} }),
  filterFile: text(),
  aliasFile: text(),
  config: { ...map<ConfigMap>(), default: {} as ConfigMap },
} satisfies OptionTable<LoadOptions>

/**
 * Loads the topology that a file defines: YAML, or a module in TypeScript or JavaScript. A file is code: load only what
 * you would run.
 * @param file a path, meant from the working directory, or a `file:` URL
 * @throws TyphoonError (rejects), BAD_ARGUMENT for an option that there is not; FILE_NOT_FOUND, YAML_SYNTAX, YAML_SHAPE
 * for a file of variables or aliases; DefinitionError with everything that is wrong with the topology
 */
export async function load(file: string | URL, options: LoadOptions = {}): Promise<LoadedTopology> {
  const { variables, config, ...given } = checkOptions('call of load', options, LOAD, 'BAD_ARGUMENT')
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  const filter = { ...(await propertiesOf(given.filterFile)), ...given.filter }
  const aliases = { ...(await aliasesOf(given.aliasFile)), ...given.aliases }
  const loaded = await loadTopology(path, { variables, filter, aliases, config, checksFiles: true })
  return new LoadedTopology(loaded, { file: loaded.file, variables: { ...filter, ...variables }, aliases, config })
}

/** @internal Loads what a service was given: all that goes into it is known. @throws as `load` (rejects) */
export async function loadPlain(source: DefinitionSource): Promise<LoadedTopology> {
  const { file, ...given } = source
  return new LoadedTopology(await loadTopology(file, { ...given, checksFiles: true }), source)
}

async function propertiesOf(file: string | undefined): Promise<Readonly<Record<string, string>>> {
  return file === undefined ? {} : (await import('../flux/storm/properties.ts')).readProperties(file)
}

async function aliasesOf(file: string | undefined): Promise<Readonly<Record<string, string>>> {
  return file === undefined ? {} : (await import('../flux/storm/alias-file.ts')).readAliasFile(file)
}
