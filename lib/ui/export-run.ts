/** Sends what a run in the foreground counts to a collector of OpenTelemetry, for as long as it goes on. */
import { scrapedOf } from '../api/scraped.ts'
import { Telemetry, type TelemetryPorts } from '../otlp/export/telemetry.ts'
import type { LoadedTopology, Run } from '../run/index.ts'
import { type RunClocks, seenRun } from './seen-run.ts'

/** What cannot be sent is told; nothing is thrown. */
export function exportRun(
  run: Run,
  loaded: LoadedTopology,
  ports: Omit<TelemetryPorts, 'scraped' | 'topologies'> & RunClocks,
): Promise<Telemetry> {
  const seen = seenRun(run, loaded, ports)
  return Telemetry.begin({
    ...ports,
    scraped: () => scrapedOf(seen, ports.version),
    topologies: () => [{ name: loaded.topology.name, run }],
  })
}
