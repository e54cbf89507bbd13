/**
 * The port through which a nimbus that leads lets others of its cluster have the code of topologies, or gets it back.
 */

/** A file of a bundle, by its digest. */
export interface Content {
  readonly digest: string
  readonly bytes: number
}

/** How far code has come. */
export interface Spread {
  /** So many nimbuses have it, the one that leads included. */
  readonly copies: number
  /** So many were to have it. */
  readonly wanted: number
}

/** What a nimbus that stands by has done of what it was told. */
export interface Taken {
  /** The reign in which it was told; '' in none. */
  readonly reign: string
  /** It has all that was offered up to this number. */
  readonly offer: number
  /** It has brought what it has of what is lacking by this number. */
  readonly lack: number
}

/** What the nimbus that leads tells one that stands by. */
export interface Told {
  readonly reign: string
  /** Code that it is to have. */
  readonly offers: readonly { readonly number: number; readonly files: readonly Content[] }[]
  /** Contents that the leader does not have. */
  readonly lacks?: { readonly number: number; readonly digests: readonly string[] }
}

export interface Copies {
  /**
   * Lets the nimbuses that stand by have code, and waits until they do.
   * @param least so many are to have it, this one included; all that are there unless given
   * @param mostMs it is not waited for longer
   */
  spread(files: readonly Content[], least: number | undefined, mostMs: number): Promise<Spread>
  /** Gets what is missing here from whoever has it, as far as somebody does. Never rejects. */
  gather(files: readonly Content[]): Promise<void>
}
