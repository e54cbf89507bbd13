/** What windows hand over to definitions in YAML; each is loaded when a file names it. */
import type { Annex } from '../annex/annex.ts'

export const windowsAnnex: Annex = {
  classes: {
    WindowedBolt: async () => (await import('./tuples/window-function-bolt.ts')).WindowFunctionBolt,
    KeyedWindowBolt: async () => (await import('./keyed/keyed-window-bolt.ts')).KeyedWindowBolt,
    Count: async () => (await import('./tuples/extent.ts')).Count,
    Duration: async () => (await import('./tuples/extent.ts')).Duration,
    'org.apache.storm.topology.base.BaseWindowedBolt$Count': async () => (await import('./tuples/extent.ts')).Count,
    'org.apache.storm.topology.base.BaseWindowedBolt$Duration': async () =>
      (await import('./tuples/extent.ts')).Duration,
    'org.apache.storm.flux.examples.TestWindowBolt': async () =>
      (await import('./tuples/storm-examples.ts')).TestWindowBolt,
  },
}
