/**
 * Loads a topology so that it can be run. Workers are processes: each makes the topology anew, so what is run is what a
 * file defines, together with what went into it.
 */
import { fileURLToPath } from 'node:url'
import { checkOptions, map, type OptionTable, textMap } from '../errors/options.ts'
import type { LoadedTopology as Loaded } from '../flux/load-topology.ts'
import type { DefinitionSource } from '../messaging/control.ts'
import type { ConfigMap } from '../topology/config/config.ts'
import { loadTopology } from './with-annexes.ts'

/** What goes into a definition beside its file. */
export interface LoadOptions {
  /** Values of the `${variables}` of a YAML, or what the function of a module is given. */
  readonly variables?: Readonly<Record<string, string>>
  /** Further variables, which need not be used; `variables` overrides them. */
  readonly filter?: Readonly<Record<string, string>>
  /** What stands for a className of the YAML: `com.example.MySpout` → `./my-spout.ts#MySpout`. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Overrides the configuration of the topology; a component's own overrides both. */
  readonly config?: ConfigMap
}

/** @internal */
export const LOAD = {
  variables: textMap({ default: {} }),
  filter: textMap({ default: {} }),
  aliases: textMap({ default: {} }),
  config: { ...map<ConfigMap>(), default: {} as ConfigMap },
} satisfies OptionTable<LoadOptions>

/** A valid topology, what was noticed on the way, and what a worker needs to make it anew. */
export interface LoadedTopology extends Loaded {
  readonly source: DefinitionSource
}

/**
 * Loads the topology that a file defines: YAML, or a module in TypeScript or JavaScript. A file is code: load only what
 * you would run.
 * @param file a path, meant from the working directory, or a `file:` URL
 * @throws TyphoonError (rejects), BAD_ARGUMENT for an option that there is not; DefinitionError with everything that is
 * wrong with the topology
 */
export async function load(file: string | URL, options: LoadOptions = {}): Promise<LoadedTopology> {
  const { variables, filter, aliases, config } = checkOptions('call of load', options, LOAD, 'BAD_ARGUMENT')
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  const loaded = await loadTopology(path, { variables, filter, aliases, config, checksFiles: true })
  return { ...loaded, source: { file: loaded.file, variables: { ...filter, ...variables }, aliases, config } }
}
