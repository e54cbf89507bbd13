/** The configuration of a topology as somebody types it, and what holds where nothing is typed. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { type ConfigMap, keyOf } from '../topology/config/config.ts'
import { misspelledKey, validateConfig } from '../topology/config/config-check.ts'
import { CONFIG_KEYS } from '../topology/config/keys.ts'

/** The folder in which topologies keep their state by default. */
export const DEFAULT_STATE_DIR = CONFIG_KEYS['topology.state.dir'].default

/** Whether the value of a key is a text, whatever it looks like. */
export function takesText(key: string): boolean {
  return keyOf(key)?.type === 'text'
}

/**
 * The same configuration, checked.
 * @throws USAGE for a value that a key of the runtime cannot have, and for a key that looks like one of the runtime's
 * and is none
 */
export function typed<C extends ConfigMap>(config: C): C {
  const [problem] = [...validateConfig(config), ...Object.keys(config).flatMap((key) => misspelledKey(key) ?? [])]
  if (problem === undefined) return config
  const { message, hint } = problem
  throw new TyphoonError('USAGE', message, hint === undefined ? {} : { hint })
}
