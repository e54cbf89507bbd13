/** What joins hand over to definitions in YAML; each is loaded when a file names it. */
import type { Annex } from '../annex/annex.ts'

export const joinsAnnex: Annex = {
  classes: {
    JoinBolt: async () => (await import('./join-bolt.ts')).JoinBolt,
    IntervalJoinBolt: async () => (await import('./interval-join-bolt.ts')).IntervalJoinBolt,
    AsOfJoinBolt: async () => (await import('./as-of-join-bolt.ts')).AsOfJoinBolt,
    TableJoinBolt: async () => (await import('./table-join-bolt.ts')).TableJoinBolt,
    DedupBolt: async () => (await import('./dedup-bolt.ts')).DedupBolt,
  },
}
