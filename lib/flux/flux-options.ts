/** What a definition is made of beside its file. */
import type { ConfigMap } from '../topology/config/config.ts'

/** What goes into a definition beside its file. */
export interface FluxOptions {
  /** `--set name=value`: the variables of the YAML, or of the module's function. */
  readonly variables?: Readonly<Record<string, string>>
  /** `--filter FILE`: further variables, which need not be used; `variables` overrides them. */
  readonly filter?: Readonly<Record<string, string>>
  /** `--alias FILE`: by className what stands for it; overrides the aliases of the file. */
  readonly aliases?: Readonly<Record<string, string>>
  /** The variables for `${ENV-NAME}`; the environment of this process unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `-c key=value`: overrides the configuration of the topology; a component's own overrides both. */
  readonly config?: ConfigMap
  /** The name of the topology in place of its own. */
  readonly name?: string | undefined
  /** By component how many executors it has, in place of what the definition says. */
  readonly parallelism?: Readonly<Record<string, number>> | undefined
  /** Files without which a component cannot begin must be there: for whoever is to start it, or says that it can be. */
  readonly checksFiles?: boolean
}
