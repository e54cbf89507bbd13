/** Where tokens are kept: in a file that only its owner reads, or in the store that several nimbuses share. */
import { join } from 'node:path'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { textIn, writePrivate } from '../identity/file-trouble.ts'
import type { ClusterStore } from '../nimbus/leadership/cluster-store.ts'

/** A place for one text. */
export interface KeptText {
  /** For people. */
  readonly name: string
  /** Undefined: there is none yet. */
  read(): Promise<string | undefined>
  /** It lasts when this is fulfilled. */
  write(content: string): Promise<void>
}

const KEY = 'all'

/** In the folder of a service. */
export function tokensIn(directory: string): KeptText {
  const path = join(directory, 'tokens.json')
  return {
    name: path,
    read: () => textIn(path),
    write: (content) => writePrivate(path, content),
  }
}

/** In the store of a cluster, so that the next leader knows them. */
export function sharedTokens(store: ClusterStore): KeptText {
  let version = 0
  return {
    name: 'the store of the cluster',
    async read() {
      const found = await store.get(KEY)
      version = found?.version ?? 0
      return found === undefined ? undefined : JSON.stringify(found.value)
    },
    async write(content) {
      version = await store.put(KEY, JSON.parse(content), version)
    },
  }
}

/** That what is kept cannot be used. */
export function unreadable(where: string, why: string): TyphoonError {
  return new TyphoonError('BAD_CONFIG', `the tokens in ${where} cannot be used: ${why}`, {
    where: { file: where },
    hint: 'where they are removed, a new token of the owner is made when the service begins, and all others are gone',
  })
}
