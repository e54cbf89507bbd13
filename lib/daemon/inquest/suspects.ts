/**
 * The roots that an inquest suspects. A root goes by several names (`executor/root-names.ts`), because none of them
 * outlives everything: the spout may give it another message id after a restart, or other values at a replay. Roots
 * that share a name are judged as one.
 *
 * The law: two deaths in a row with a root alone condemn it, and coming through once clears it, under all its names. A
 * root without a name is never suspected.
 */
import type { WorkerId } from '../../tuple/ids.ts'

/** Deaths during a trial of one root alone that condemn it. */
const CONDEMNING_DEATHS = 2

/** What a root is known by, unique in the topology. */
export type RootNames = readonly string[]

/** The worker that a root was with when it died, and how it did, in words. */
export interface Victim {
  readonly worker: WorkerId
  readonly how: string
}

interface Suspect {
  readonly names: Set<string>
  /** Deaths while it was tried alone, in a row. */
  deaths: number
  /** The last that died. */
  victim: Victim
}

export class Suspects {
  readonly #byName = new Map<string, Suspect>()

  /** It was in flight when a worker died. @param alone nothing else was @returns whether this condemns it */
  died(names: RootNames, victim: Victim, alone: boolean): boolean {
    const suspect = this.#find(names) ?? { names: new Set(), deaths: 0, victim }
    const wasCondemned = isCondemned(suspect)
    suspect.victim = victim
    if (alone) suspect.deaths++
    for (const name of names) {
      if (this.#byName.has(name)) continue
      this.#byName.set(name, suspect)
      suspect.names.add(name)
    }
    return names.length > 0 && !wasCondemned && isCondemned(suspect)
  }

  /** It has come through. @returns whether it was a suspect */
  clear(names: RootNames): boolean {
    let wasSuspect = false
    for (const name of names) {
      const suspect = this.#byName.get(name)
      if (suspect === undefined) continue
      wasSuspect = true
      for (const other of suspect.names) this.#byName.delete(other)
    }
    return wasSuspect
  }

  has(names: RootNames): boolean {
    return names.some((name) => this.#byName.has(name))
  }

  /** The worker that it has killed last; undefined where it is not condemned. */
  condemnedFor(names: RootNames): Victim | undefined {
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
  #find(names: RootNames): Suspect | undefined {
    let worst: Suspect | undefined
    for (const name of names) {
      const suspect = this.#byName.get(name)
      if (suspect !== undefined && suspect.deaths >= (worst?.deaths ?? 0)) worst = suspect
    }
    return worst
  }
}

function isCondemned({ deaths }: Suspect): boolean {
  return deaths >= CONDEMNING_DEATHS
}
