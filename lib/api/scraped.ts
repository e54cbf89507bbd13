/** What a scrape is told of a service, or of a run in the foreground. */
import { type Scraped, type ScrapedTopology, scrape } from '../metrics/scrape.ts'
import { resolveConfig } from '../topology/config/config.ts'
import type { Seen, SeenTopology } from './seen.ts'

/** A text, and in which form it is. */
export class TypedText {
  readonly type: string
  readonly text: string

  constructor(type: string, text: string) {
    this.type = type
    this.text = text
  }
}

const MICROS_PER_MS = 1000

/** @param accept the forms that are understood, as a header says them @param version of Typhoon */
export function scraped(seen: Seen, accept: string, version: string): TypedText {
  const all = scrapedOf(seen, version)
  return accept.includes('application/openmetrics-text')
    ? new TypedText('application/openmetrics-text; version=1.0.0; charset=utf-8', scrape(all, 'openmetrics'))
    : new TypedText('text/plain; version=0.0.4; charset=utf-8', scrape(all, 'prometheus'))
}

/** All that there is to be told now. @param version of Typhoon */
export function scrapedOf({ topologies, hosts, startedAt }: Seen, version: string): Scraped {
  const { user, system } = process.cpuUsage()
  return {
    ...{ version, startedAt, hosts, topologies: topologies.map(scrapedTopology) },
    memoryBytes: process.memoryUsage.rss(),
    cpuMs: (user + system) / MICROS_PER_MS,
  }
}

function scrapedTopology({ record, run, status, examined, history }: SeenTopology): ScrapedTopology {
  const planned = examined === undefined ? 0 : resolveConfig(examined.topology.config)['topology.workers']
  const snapshot = history.snapshots.at(-1)
  const is = { name: record.name, isActive: status === 'ACTIVE', workersPlanned: planned }
  return { ...is, metrics: run?.metrics(), snapshot }
}
