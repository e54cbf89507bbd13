/** What a definition is made of beside its file. */
import type { ConfigMap } from '../topology/config/config.ts'

/** What goes into a definition beside its file. */
export interface LoadOptions {
  /** `--set name=value`: the variables of the YAML, or of the module's function. */
  readonly variables?: Readonly<Record<string, string>>
  /** `--filter FILE`: further variables, which `variables` go before and nobody need use. */
  readonly filter?: Readonly<Record<string, string>>
  /** `--alias FILE`: by className what stands for it; goes before the aliases of the file. */
  readonly aliases?: Readonly<Record<string, string>>
  /** The variables for `${ENV-NAME}`; the environment of this process unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `-c key=value`: goes before the configuration of the topology; a component's own goes before both. */
  readonly config?: ConfigMap
  /** Files without which a component cannot begin must be there: for whoever is to start it, or says that it can be. */
  readonly checksFiles?: boolean
}
