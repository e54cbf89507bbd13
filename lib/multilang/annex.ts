/** What multilang hands over to definitions in YAML; it is loaded when a file names one of these. */
import type { Annex } from '../annex/annex.ts'

export const multilangAnnex: Annex = {
  classes: {
    ShellSpout: async () => (await import('./index.ts')).ShellSpout,
    ShellBolt: async () => (await import('./index.ts')).ShellBolt,
    FluxShellSpout: async () => (await import('./index.ts')).FluxShellSpout,
    FluxShellBolt: async () => (await import('./index.ts')).FluxShellBolt,
    'org.apache.storm.flux.wrappers.spouts.FluxShellSpout': async () => (await import('./index.ts')).FluxShellSpout,
    'org.apache.storm.flux.wrappers.bolts.FluxShellBolt': async () => (await import('./index.ts')).FluxShellBolt,
  },
}
