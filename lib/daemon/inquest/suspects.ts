/**
 * The roots that an inquest suspects. A root goes by several names (`executor/spout/root-names.ts`), because none of
 * them outlives everything: the spout may give it another message id after a restart, or other values at a replay.
 * Roots that share a name are judged as one.
 *
 * The law: a root is condemned by deaths in a row with it alone: by two where the workers ended by their own doing, by
 * three where a signal may have come from outside. Then it must have been the root and no chance, so each further trial
 * waits for a quiet while in which nothing is in flight, several times as long as the root needs to kill, and never
 * twice the same. A death in it shows that workers die without the root, and all deaths of the root are void. Coming
 * through once clears it, under all its names. A root without a name is never suspected.
 */
import type { WorkerId } from '../../tuple/ids.ts'
import { backOff } from '../../util/time/back-off.ts'

/** Deaths during a trial of one root alone that condemn it, where the workers ended by their own doing. */
const CONDEMNING_OWN_DEATHS = 2
/** The same, whatever ended the workers. */
const CONDEMNING_DEATHS = 3
const QUIET_MS = 1000
/** How many times as long a quiet while is as the longest of the trials in which a worker died. */
const QUIET_PER_TRIAL = 4
const MAX_QUIET_MS = 60_000

/** What a root is known by, unique in the topology. */
export type NamesOfRoot = readonly string[]

/** The worker that a root was with when it died, and how it did, in words. */
export interface Victim {
  readonly worker: WorkerId
  readonly how: string
  /** Whether it ended by itself: no signal from outside has ended it. */
  readonly own: boolean
}

interface Suspect {
  readonly names: Set<string>
  /** Deaths while it was tried alone, in a row. */
  deaths: number
  /** How many of these workers ended by themselves. */
  ownDeaths: number
  /** The longest of the trials in which a worker died. */
  longestMs: number
  /** The last that died. */
  victim: Victim
}

export class Suspects {
  readonly #byName = new Map<string, Suspect>()

  /**
   * It was in flight when a worker died.
   * @param aloneForMs nothing else was let go with it, for so long; undefined: others were
   * @returns whether this condemns it
   */
  died(names: NamesOfRoot, victim: Victim, aloneForMs: number | undefined): boolean {
    const suspect = this.#find(names) ?? { names: new Set(), deaths: 0, ownDeaths: 0, longestMs: 0, victim }
    const wasCondemned = isCondemned(suspect)
    suspect.victim = victim
    if (aloneForMs !== undefined) {
      suspect.deaths++
      if (victim.own) suspect.ownDeaths++
      suspect.longestMs = Math.max(suspect.longestMs, aloneForMs)
    }
    for (const name of names) {
      if (this.#byName.has(name)) continue
      this.#byName.set(name, suspect)
      suspect.names.add(name)
    }
    return names.length > 0 && !wasCondemned && isCondemned(suspect)
  }

  /** It has come through. @returns whether it was a suspect */
  clear(names: NamesOfRoot): boolean {
    let wasSuspect = false
    for (const name of names) {
      const suspect = this.#byName.get(name)
      if (suspect === undefined) continue
      wasSuspect = true
      for (const other of suspect.names) this.#byName.delete(other)
    }
    return wasSuspect
  }

  has(names: NamesOfRoot): boolean {
    return names.some((name) => this.#byName.has(name))
  }

  /** Whether a worker has died with it alone in flight, or in hand. */
  hasDiedAlone(names: NamesOfRoot): boolean {
    return (this.#find(names)?.deaths ?? 0) > 0
  }

  /**
   * It was seen to block a worker for as long as one may be blocked: nothing else is needed.
   * @returns whether this condemns it
   */
  condemn(names: NamesOfRoot, victim: Victim): boolean {
    this.died(names, victim, undefined)
    const suspect = this.#find(names)
    if (suspect === undefined || isCondemned(suspect)) return false
    suspect.ownDeaths = CONDEMNING_OWN_DEATHS
    suspect.deaths = Math.max(suspect.deaths, suspect.ownDeaths)
    return true
  }

  /** For how long nothing is to be in flight before it is tried again; 0: not at all. */
  quietMsBefore(names: NamesOfRoot): number {
    const suspect = this.#find(names)
    if (suspect === undefined || suspect.deaths === suspect.ownDeaths) return 0
    return backOff(suspect.deaths, Math.max(QUIET_MS, QUIET_PER_TRIAL * suspect.longestMs), MAX_QUIET_MS)
  }

  /** A worker died before it was let go again: this may have been no other death than those before. */
  diedWithout(names: NamesOfRoot): void {
    const suspect = this.#find(names)
    if (suspect === undefined) return
    suspect.deaths = 0
    suspect.ownDeaths = 0
  }

  /** The worker that it has killed last; undefined where it is not condemned. */
  condemnedFor(names: NamesOfRoot): Victim | undefined {
    const suspect = this.#find(names)
    return suspect !== undefined && isCondemned(suspect) ? suspect.victim : undefined
  }

  /** Some are neither cleared nor condemned. */
  get areOpen(): boolean {
    for (const suspect of this.#byName.values()) if (!isCondemned(suspect)) return true
    return false
  }

  forgetAll(): void {
    this.#byName.clear()
  }

  /** The worst that is known of it. */
  #find(names: NamesOfRoot): Suspect | undefined {
    let worst: Suspect | undefined
    for (const name of names) {
      const suspect = this.#byName.get(name)
      if (suspect !== undefined && suspect.deaths >= (worst?.deaths ?? 0)) worst = suspect
    }
    return worst
  }
}

function isCondemned({ deaths, ownDeaths }: Suspect): boolean {
  return ownDeaths >= CONDEMNING_OWN_DEATHS || deaths >= CONDEMNING_DEATHS
}
