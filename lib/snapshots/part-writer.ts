/**
 * Writes the part of a worker, section after section, in slices: between two of them whoever else has something to do
 * has their turn. How long a slice may be is for whoever gives the pauses to say.
 */
import { type Block, BlockWriter } from './blocks.ts'
import type { Segment } from './manifest.ts'
import type { NewFile } from './snapshot-store.ts'

/** So much is written at once. */
const WRITE_BYTES = 1024 * 1024

export class PartWriter {
  readonly #file: NewFile
  readonly #pause: () => Promise<void> | undefined
  readonly #blocks = new BlockWriter()
  #gathered: Buffer[] = []
  #gatheredBytes = 0

  /** @param pause called after each block; what it returns, if anything, is waited for */
  constructor(file: NewFile, pause: () => Promise<void> | undefined) {
    this.#file = file
    this.#pause = pause
  }

  /** Writes records; none takes no byte. @throws STATE_UNAVAILABLE, Unencodable, TUPLE_TOO_LARGE (rejects) */
  async section(records: Iterable<readonly unknown[]>): Promise<Segment> {
    const offset = this.#file.size + this.#gatheredBytes
    let count = 0
    for (const record of records) {
      this.#blocks.add(record)
      count++
      if (!this.#blocks.isFull) continue
      this.#gather(this.#blocks.take()!)
      if (this.#gatheredBytes >= WRITE_BYTES) await this.#write()
      else await this.#pause()
    }
    const last = this.#blocks.take()
    if (last !== undefined) this.#gather(last)
    return { file: this.#file.name, offset, length: this.#file.size + this.#gatheredBytes - offset, records: count }
  }

  /** To be called once, after the last section: the part is there to stay. @throws STATE_UNAVAILABLE (rejects) */
  async finish(): Promise<void> {
    await this.#write()
    await this.#file.finish()
  }

  #gather({ bytes }: Block): void {
    this.#gathered.push(bytes)
    this.#gatheredBytes += bytes.length
  }

  async #write(): Promise<void> {
    const bytes = Buffer.concat(this.#gathered)
    this.#gathered = []
    this.#gatheredBytes = 0
    if (bytes.length > 0) await this.#file.append(bytes)
  }
}
