/** Windows as a state of a topology: where their rows are kept, and the factory of their partitions. */

import { Fields } from '../../index.ts'
import { checkOptions } from '../../shape/options.ts'
import type { Store } from '../../store/store.ts'
import type { StateContext, StateFactory } from '../model/state.ts'
import type { Description } from '../state/backing/manifest.ts'
import { openPartition, partitionDirectory } from '../state/partition-store.ts'
import { MemoryStore } from './memory-store.ts'
import { checkWindow, describeWindow, type WindowConfig } from './window-config.ts'
import { WindowLog } from './window-log.ts'
import { WindowState } from './window-state.ts'
import { WINDOW_STORE, type WindowStoreOptions } from './window-store-options.ts'
import type { WindowShape } from './windows.ts'

/** Where windows keep their rows; made by `embeddedWindows` and `memoryWindows`. */
export interface WindowStore {
  readonly label: string
  readonly survives: boolean
  readonly maxRows: number
  /** Where a partition lies, for errors. */
  placeOf(context: StateContext): string
  open(context: StateContext, description: Description): Promise<Store>
}

/** A window over a stream, by the names of its fields. */
export interface WindowOptions {
  readonly window: WindowConfig
  /** Those of the rows that come. */
  readonly fields: Fields
  /** A window for each of their values; none: one over each partition. */
  readonly groupBy: readonly string[]
  /** Those that the aggregator sees; no others are kept. */
  readonly input: readonly string[]
  /** `embeddedWindows()` unless given. */
  readonly store?: WindowStore
}

/** Windows in the state directory: they survive everything. The default. @throws BAD_ARGUMENT */
export function embeddedWindows(options: WindowStoreOptions = {}): WindowStore {
  return {
    label: 'embedded store',
    survives: true,
    ...checkOptions('store of windows', options, WINDOW_STORE, 'BAD_ARGUMENT'),
    placeOf: (context) => partitionDirectory(context, 'windows'),
    open: (context, description) => openPartition(context, 'windows', description),
  }
}

/** Windows that are lost with their worker. @throws BAD_ARGUMENT */
export function memoryWindows(options: WindowStoreOptions = {}): WindowStore {
  return {
    label: 'memory',
    survives: false,
    ...checkOptions('store of windows', options, WINDOW_STORE, 'BAD_ARGUMENT'),
    placeOf: () => 'memory',
    open: async () => new MemoryStore(),
  }
}

/**
 * The state of a window; exactly once behind transactional and opaque spouts, for what a transaction did is taken back
 * before it is done again.
 * @throws BAD_ARGUMENT, UNKNOWN_FIELD
 */
export function windowState(options: WindowOptions): StateFactory<WindowState> {
  const { fields, groupBy, input, store = embeddedWindows() } = options
  const window = checkWindow(options.window)
  const shape: WindowShape = {
    group: groupBy.map((name) => fields.indexOf(name)),
    input: input.map((name) => fields.indexOf(name)),
    inputFields: new Fields(input),
    maxRows: store.maxRows,
  }
  const description = { window, groupBy: [...groupBy], input: [...input] }
  return {
    label: `${describeWindow(window)}, ${store.label}`,
    kind: 'opaque',
    survives: store.survives,
    async makeState(context) {
      const where = `the windows "${context.name}" (partition ${context.partitionIndex}, ${store.placeOf(context)})`
      const opened = await store.open(context, description)
      try {
        return new WindowState(window, shape, new WindowLog(opened, where), where)
      } catch (error) {
        await opened.close()
        throw error
      }
    },
  }
}
