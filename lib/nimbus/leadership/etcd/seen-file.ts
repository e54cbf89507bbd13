/** What this nimbus has seen of its store, in a file, so that it knows when the store has gone back meanwhile. */
import { isDeepStrictEqual } from 'node:util'
import { TyphoonError } from '../../../errors/typhoon-error.ts'
import { textIn, writePrivate } from '../../../identity/file-trouble.ts'
import { readSeen, type Seen } from './mark.ts'

export class SeenFile {
  readonly #path: string
  #seen: Seen | undefined
  #writing: Promise<void> = Promise.resolve()

  private constructor(path: string, seen: Seen | undefined) {
    this.#path = path
    this.#seen = seen
  }

  /** @throws STATE_CORRUPT, FILE_UNUSABLE (rejects) */
  static async open(path: string): Promise<SeenFile> {
    const content = await textIn(path)
    if (content === undefined) return new SeenFile(path, undefined)
    const seen = readSeen(content)
    if (seen === undefined) throw damaged(path, 'it is not what a nimbus has written there')
    return new SeenFile(path, seen)
  }

  /** Undefined: nothing yet. */
  get seen(): Seen | undefined {
    return this.#seen
  }

  /** @throws STATE_UNAVAILABLE (rejects): then it is remembered for as long as this process lives */
  async note(seen: Seen): Promise<void> {
    if (isDeepStrictEqual(this.#seen, seen)) return
    this.#seen = seen
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write(seen))
    await this.#writing
  }

  async #write(seen: Seen): Promise<void> {
    await writePrivate(this.#path, JSON.stringify(seen), { code: 'STATE_UNAVAILABLE', hint: UNNOTICED })
  }
}

const UNNOTICED = 'make room: a store that has gone back would not be noticed when this nimbus begins again'

function damaged(path: string, why: string): TyphoonError {
  return new TyphoonError('STATE_CORRUPT', `${path} cannot be used: ${why}`, {
    where: { file: path },
    hint: 'remove it: then this nimbus takes the store as it is',
  })
}
