/**
 * What code has come to that was loaded a short while ago: the same files with the same settings need not be loaded
 * again to know what they are. A definition must not depend on time or chance, and workers compare what they make of it
 * with what was planned.
 *
 * The law: nothing is known of a topology whose plain data names the folder in which it was loaded.
 */
import { createHash } from 'node:crypto'
import type { Wanted } from '../record/record.ts'
import type { Examined } from './examine.ts'

const MOST = 100
/** A definition may read a file that lies elsewhere. */
const KNOWN_MS = 600_000

interface Known {
  readonly examined: Omit<Examined, 'source'>
  readonly at: number
}

export class KnownCode {
  readonly #now: () => Date
  /** The oldest first. */
  readonly #known = new Map<string, Known>()

  constructor(now: () => Date) {
    this.#now = now
  }

  /** @param name of the topology; that of the definition unless given */
  get(wanted: Wanted, name: string | undefined): Omit<Examined, 'source'> | undefined {
    const known = this.#known.get(keyOf(wanted, name))
    return known !== undefined && this.#now().getTime() - known.at < KNOWN_MS ? known.examined : undefined
  }

  /** @param folder in which it was loaded */
  put(wanted: Wanted, name: string | undefined, folder: string, { source: _, ...examined }: Examined): void {
    if (JSON.stringify(examined).includes(folder)) return
    const key = keyOf(wanted, name)
    this.#known.delete(key)
    this.#known.set(key, { examined, at: this.#now().getTime() })
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!)
  }
}

function keyOf({ bundle, variables, aliases, config, workers, parallelism }: Wanted, name: string | undefined): string {
  const { entry, files } = bundle
  const content = files.map(({ path, digest, executable }) => [path, digest, executable])
  const all = [entry, content, variables, aliases, config, workers, parallelism, name]
  return createHash('sha256').update(JSON.stringify(all)).digest('hex')
}
