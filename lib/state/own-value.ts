/** A value as a state keeps it: a copy, that what its component changes in place does not change. */
import { TyphoonError } from '../errors/typhoon-error.ts'
import { copyOf } from '../values/copy.ts'
import { valueOfMapKey } from '../values/key.ts'
import type { MapKey } from '../values/own-key.ts'
import { show } from '../values/show.ts'

/** Characters of a key in a message. */
const LONGEST_KEY = 80

/** Hot. @throws CANNOT_ENCODE what cannot be sent cannot be kept either; with the state and the key */
export function ownValue<T>(state: string, key: MapKey, value: T): T {
  try {
    return copyOf(value, 'its value')
  } catch (error) {
    if (!(error instanceof TyphoonError)) throw error
    const { code, message, where, hint } = error
    throw new TyphoonError(
      code,
      `the key ${show(valueOfMapKey(key), LONGEST_KEY)} of the state "${state}": ${message}`,
      {
        where,
        cause: error,
        ...(hint === undefined ? {} : { hint }),
      },
    )
  }
}
