/** What this nimbus has seen of its store, in a file, so that it knows when the store has gone back meanwhile. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { messageOf, TyphoonError } from '../../../errors/typhoon-error.ts'
import { readSeen, type Seen } from './mark.ts'

export class SeenFile {
  readonly #path: string
  #seen: Seen | undefined
  #writing: Promise<void> = Promise.resolve()

  private constructor(path: string, seen: Seen | undefined) {
    this.#path = path
    this.#seen = seen
  }

  /** @throws STATE_CORRUPT (rejects) */
  static async open(path: string): Promise<SeenFile> {
    const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw damaged(path, messageOf(error))
    })
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
    try {
      await writeFile(`${this.#path}.half`, JSON.stringify(seen), { mode: 0o600 })
      await rename(`${this.#path}.half`, this.#path)
    } catch (cause) {
      throw new TyphoonError('STATE_UNAVAILABLE', `${this.#path} cannot be written: ${messageOf(cause)}`, {
        where: { file: this.#path },
        hint: 'make room: a store that has gone back would not be noticed when this nimbus begins again',
        cause,
      })
    }
  }
}

function damaged(path: string, why: string): TyphoonError {
  return new TyphoonError('STATE_CORRUPT', `${path} cannot be used: ${why}`, {
    where: { file: path },
    hint: 'remove it: then this nimbus takes the store as it is',
  })
}
