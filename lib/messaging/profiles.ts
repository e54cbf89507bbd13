/**
 * What nimbus and worker say to each other of a profile: a part of the union in `control.ts`. Its text goes in parts,
 * and a worker sends no more of them than it was asked for.
 */
import { object, oneOf, type Shaped, text, whole } from '../shape/guards.ts'

/** How many parts a worker may send before it is asked for more. */
export const FIRST_PARTS = 4
/** Characters of one. */
export const MOST_OF_PART = 64 * 1024

const profile = whole(1)
const kind = oneOf('cpu', 'heap')
/** Where its process spends its time, or what its heap holds. */
export type ProfileKind = Shaped<typeof kind>

/** What the nimbus orders of it, by type. */
export const PROFILE_ORDERS = {
  /** Take one: sample the processor for so long, or write down the heap. */
  profile: object({ profile, kind, ms: whole(1) }),
  /** So many more parts may come. */
  'profile-more': object({ profile, parts: whole(1) }),
  /** Nobody wants it any more. */
  'profile-end': object({ profile }),
} as const

/** What a worker says of it, by type. */
export const PROFILE_NEWS = {
  profiled: object({ profile, text: text(MOST_OF_PART) }),
  /** That was all; or why there is no more. */
  'profile-over': object({ profile }, { why: text(1000) }),
} as const
