/** The last lines that a run has said, in memory: whoever looks later sees those, and all that come. */
import type { SeenLogs } from '../api/seen.ts'
import { type LogEntry, type LogFilter, passes } from '../nimbus/logs/log-entry.ts'
import type { Said } from '../nimbus/logs/log-listener.ts'

const MOST = 2000

export class RecentLogs implements SeenLogs {
  readonly #now: () => Date
  readonly #entries: LogEntry[] = []
  readonly #followers = new Set<(entry: LogEntry) => void>()

  constructor(now: () => Date) {
    this.#now = now
  }

  add(line: Said): void {
    const entry = { time: this.#now().toISOString(), ...line }
    this.#entries.push(entry)
    if (this.#entries.length > MOST) this.#entries.shift()
    for (const follow of this.#followers) follow(entry)
  }

  async newest(most: number, filter: LogFilter): Promise<readonly LogEntry[]> {
    return this.#entries.filter((entry) => passes(entry, filter)).slice(-most)
  }

  follow(onEntry: (entry: LogEntry) => void, filter: LogFilter): () => void {
    const follower = (entry: LogEntry): void => {
      if (passes(entry, filter)) onEntry(entry)
    }
    this.#followers.add(follower)
    return () => void this.#followers.delete(follower)
  }
}
