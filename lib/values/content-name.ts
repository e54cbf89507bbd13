/** What a row of values is known by, in any process and any run: a name that no two rows share by chance. */
import { hashFields } from './hash.ts'

/** Two hashes make a name that no two rows share by chance. */
const SEEDS = [0x51ed270b, 0x2545f491] as const

/** The same for rows that are the same key (`hash.ts`). Undefined for what has no content to hash. */
export function contentName(values: readonly unknown[]): string | undefined {
  const indexes = values.map((_, index) => index)
  try {
    return SEEDS.map((seed) => hashFields(values, indexes, seed).toString(36)).join('/')
  } catch {
    return undefined
  }
}
