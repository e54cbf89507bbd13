/**
 * Every configuration key of the runtime: its type, its limits, its default, what it means. Storm's names where Storm
 * has the key. Each bound of the runtime stands here, and what happens when it is reached. Keys that are not listed are
 * passed through to the components.
 */
import { CHILDREN, DRPC, TRIDENT } from './annex-keys.ts'
import { BUFFERS, OBSERVATION, RELIABILITY, SHUFFLE, SIZE, TICKS, WORKERS } from './run-keys.ts'
import { STATE } from './state-keys.ts'

/** The keys by what they are about: a table of docs/configuration.md each. */
export const KEY_GROUPS = {
  size: SIZE,
  reliability: RELIABILITY,
  ticks: TICKS,
  buffers: BUFFERS,
  shuffle: SHUFFLE,
  workers: WORKERS,
  state: STATE,
  trident: TRIDENT,
  drpc: DRPC,
  children: CHILDREN,
  observation: OBSERVATION,
} as const

/** The keys by name; docs/configuration.md lists them. */
export const CONFIG_KEYS = {
  ...SIZE,
  ...RELIABILITY,
  ...TICKS,
  ...BUFFERS,
  ...SHUFFLE,
  ...WORKERS,
  ...STATE,
  ...TRIDENT,
  ...DRPC,
  ...CHILDREN,
  ...OBSERVATION,
} as const
