/**
 * The mark of a store: how far it has come. Every write goes on from it and leaves a new one, in the same transaction.
 *
 * The law: what somebody has seen of a store is in its past. Where it is not, the store has gone back: it was restored
 * from a backup, or is another one.
 */
import { list, object, pair, type Shaped, text, whole } from '../../../shape/guards.ts'
import { newer, restored } from '../store-errors.ts'

const FORMAT = 1
/** Whoever has seen none of so many reigns is believed. */
const MOST_REIGNS = 30

const reign = pair(text(64), whole())
const mark = object({
  format: whole(1),
  /** How often somebody has accepted that it has gone back. */
  restored: whole(),
  /** The name of the last write. */
  write: text(64),
  /** By name of each of the last reigns how often it has written; the last one is that of now. */
  reigns: list(reign),
})
const seen = object({ restored: whole(), reign: text(64), writes: whole() })

/** How far a store has come. */
export type Mark = Shaped<typeof mark>

/** How far somebody has seen it. */
export type Seen = Shaped<typeof seen>

/** Reads one. @throws STORE_NEWER, STORE_RESTORED where it is damaged */
export function readMark(content: Buffer): Mark {
  const found = parsed(content)
  const format = object({ format: whole(1) })
  if (format(found) && found.format > FORMAT) throw newer('the store', found.format, FORMAT)
  if (mark(found) && found.reigns.length > 0) return found
  throw restored('its mark is damaged')
}

/** Reads one, which is undefined where it is none. */
export function readSeen(content: string): Seen | undefined {
  const found = parsed(content)
  return seen(found) ? found : undefined
}

/** How far one has seen who has seen this. */
export function seenIn({ restored, reigns }: Mark): Seen {
  const [name, writes] = reigns.at(-1)!
  return { restored, reign: name, writes }
}

/** The mark of the first write of a reign. @param accepted it counts though it has gone back */
export function begun(before: Mark | undefined, name: string, write: string, accepted: Seen | undefined): Mark {
  const times = Math.max(before?.restored ?? 0, accepted === undefined ? 0 : accepted.restored + 1)
  const reigns = [...(before?.reigns ?? []), [name, 0] as const].slice(-MOST_REIGNS)
  return { format: FORMAT, restored: times, write, reigns }
}

/** The mark of the next write. */
export function followed({ reigns, ...before }: Mark, write: string): Mark {
  const [name, writes] = reigns.at(-1)!
  return { ...before, write, reigns: [...reigns.slice(0, -1), [name, writes + 1]] }
}

/** What a store lacks of what somebody has seen; undefined: nothing. */
export function lacking(found: Mark | undefined, known: Seen | undefined): string | undefined {
  if (known === undefined) return undefined
  if (found === undefined) return 'there was a cluster in it, and now there is none'
  if (found.restored !== known.restored)
    return found.restored > known.restored ? undefined : 'it is as it was before it was restored'
  const same = found.reigns.find(([name]) => name === known.reign)
  if (same === undefined)
    return found.reigns.length < MOST_REIGNS ? 'it knows nothing of a nimbus that has led' : undefined
  return same[1] < known.writes
    ? `it lacks the last ${known.writes - same[1]} writes of a nimbus that has led`
    : undefined
}

function parsed(content: Buffer | string): unknown {
  try {
    return JSON.parse(content.toString())
  } catch {
    return undefined
  }
}
