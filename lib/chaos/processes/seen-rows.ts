/**
 * What the witnesses of a run have written. While the run goes on it is looked at for what is new; what stands there
 * when the run is over counts.
 */
import { closeSync, createReadStream, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { partsOf } from './file-witness.ts'

const ENDING = '.rows'

export class SeenRows {
  readonly #folder: string
  /** Up to where each file was looked at. */
  readonly #ends = new Map<string, number>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** What is there by now is not new. */
  skip(): void {
    for (const file of this.#files()) this.#ends.set(file, statSync(file).size)
  }

  /** The tasks whose tuples have come since this was asked last, or `skip` was. */
  newFrom(): ReadonlySet<number> {
    const tasks = new Set<number>()
    for (const file of this.#files()) {
      const { size } = statSync(file)
      // What was taken back is shorter.
      const from = Math.min(this.#ends.get(file) ?? 0, size)
      const text = read(file, from, size)
      const whole = text.lastIndexOf('\n') + 1
      this.#ends.set(file, from + Buffer.byteLength(text.slice(0, whole)))
      for (const line of text.slice(0, whole).split('\n').slice(0, -1)) tasks.add(partsOf(line).task)
    }
    return tasks
  }

  /** All rows; of a run that is over. */
  async all(): Promise<string[]> {
    const rows: string[] = []
    for (const file of this.#files())
      for await (const line of createInterface({ input: createReadStream(file) })) rows.push(partsOf(line).row)
    return rows
  }

  #files(): string[] {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith(ENDING))
    return names.sort().map((name) => join(this.#folder, name))
  }
}

/** A witness writes whole lines at once, so what is there ends with one, as a rule. */
function read(file: string, from: number, to: number): string {
  const bytes = Buffer.alloc(to - from)
  const descriptor = openSync(file, 'r')
  try {
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, from))
  } finally {
    closeSync(descriptor)
  }
}
