/** Lets browsers of this machine look at a run in the foreground, and scrapers, for as long as it goes on. */
import { startApi } from '../api/api-server.ts'
import type { AuditLine } from '../api/audit.ts'
import { Tokens } from '../api/tokens.ts'
import type { Problem } from '../errors/typhoon-error.ts'
import type { LoadedTopology, Run } from '../run/index.ts'
import { type RunClocks, seenRun } from './seen-run.ts'

/** How it is served. */
export interface ServeRunOptions extends RunClocks {
  /** Of Typhoon. */
  readonly version: string
  /** Any that is free unless given. */
  readonly port?: number | undefined
  /** The token of whoever scrapes it; nobody does unless given. */
  readonly scraper?: string | undefined
  onTrouble(problem: Problem): void
  /** Somebody has asked for a change. */
  onChange(line: AuditLine): void
}

/** A run that can be looked at. */
export interface ServedRun {
  readonly url: string
  /** It lets one browser in, once, for as long as the run goes on. */
  readonly code: string
  close(): Promise<void>
}

/** On loopback. @throws PORT_TAKEN (rejects) */
export async function serveRun(run: Run, loaded: LoadedTopology, options: ServeRunOptions): Promise<ServedRun> {
  const { now, version, port = 0, scraper, onTrouble, onChange } = options
  const seen = seenRun(run, loaded, options)
  // Of this process alone: nothing of them lasts.
  const tokens = await Tokens.open({ name: 'memory', read: async () => undefined, write: async () => {} }, now)
  const token = await tokens.make('you', 'admin')
  if (scraper !== undefined) await tokens.take(scraper, 'scraper', 'read')
  const leading = { seen, tokens }
  const audit = { add: onChange, flushed: async () => {} }
  const api = await startApi({ port, leading: () => leading, now, audit, version, onTrouble })
  return { url: api.url, code: api.makeCode(tokens.keyOf(token)), close: () => api.close() }
}
