/**
 * A small durable store of keys and values in a directory. LMDB does the work (`environment.ts`), and here it gets
 * what it does not have: checksums, keys of any length, values of the kinds that whoever opens it brings along, and
 * one run at a time that writes.
 *
 * Promises: a transaction is written whole or not at all, and is on the disk when the call returns (`sync: 'commit'`),
 * or survives the end of the process and not a power cut (`sync: 'none'`). What was damaged is never taken for a value.
 * All calls are synchronous.
 *
 * A directory is opened once in a process however often it is asked for. Several processes may open it; one of them
 * writes at a time. A store that is opened for a run bears its name, and refuses what any other run writes from then
 * on, within the same transaction.
 */
import { resolve } from 'node:path'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { Environment } from './environment/environment.ts'
import { LONG_KEYS } from './format/keys.ts'
import { RecordReader, RecordWriter } from './format/record.ts'
import type { RecordKind, SyncPolicy } from './format/store-options.ts'

/** How a store is opened. */
export interface StoreOptions {
  readonly sync: SyncPolicy
  /**
   * The run that it is opened for (`TaskContext.run`): one that had it open before can write no more. Left out where no
   * other can come.
   */
  readonly run?: string
  /** The classes whose instances are kept as such, beside what can be sent between workers. */
  readonly records?: readonly RecordKind[]
}

/** Writes of one transaction. */
export interface StoreWriter {
  /** A value is what can be sent between workers. @throws CANNOT_ENCODE */
  put(key: string, value: unknown): void
  remove(key: string): void
}

/** Keys and values in a directory. */
export interface Store {
  readonly directory: string
  /** Undefined where there is none. @throws STATE_CORRUPT */
  get(key: string): unknown
  /**
   * All writes, or none where the callback throws. Reads in it see what it has written.
   * @throws STATE_UNAVAILABLE; STATE_IN_USE where a later run has it
   */
  transaction(write: (writer: StoreWriter) => void): void
  /** Reads from now on see what other processes have written; without it they may be a moment behind. */
  refresh(): void
  /** Whether its file is still the one that was opened. @throws STATE_LOST */
  check(): void
  /**
   * All keys that begin with `prefix`, as they are now; keys of 600 characters or less come in their order, longer ones
   * after them.
   * @param after begins behind this key, which is one of those in order
   */
  range(prefix: string, after?: string): Iterable<readonly [string, unknown]>
  close(): Promise<void>
}

/** What all that have opened one directory share. */
interface Opened {
  readonly environment: Environment
  readonly sync: SyncPolicy
  /** 0 while it is being closed. */
  users: number
}

/** The open stores by absolute directory: LMDB must not open a file twice in a process. */
const opened = new Map<string, Opened>()

/**
 * Opens or creates the store in a directory.
 * @throws STATE_UNAVAILABLE where the directory cannot be written, or is just being closed; STATE_CORRUPT, STATE_FORMAT
 * where its file cannot be read; INTERNAL where it is open with another `sync`
 */
export function openStore(directory: string, options: StoreOptions): Store {
  const path = resolve(directory)
  let entry = opened.get(path)
  if (entry === undefined) {
    entry = { environment: new Environment(path, options.sync), sync: options.sync, users: 0 }
    opened.set(path, entry)
  } else checkSame(path, entry, options.sync)
  entry.users++
  const store = new StoreHandle(path, entry.environment, options)
  try {
    store.claim()
    return store
  } catch (error) {
    void store.close()
    throw error
  }
}

/** The key of the name of the run; no key of a user's begins so. */
const RUN = '\u0000run'

class StoreHandle implements Store, StoreWriter {
  readonly directory: string
  readonly #environment: Environment
  readonly #run: string | undefined
  readonly #reader: RecordReader
  readonly #writer: RecordWriter
  #open = true

  constructor(directory: string, environment: Environment, { run, records = [] }: StoreOptions) {
    this.directory = directory
    this.#environment = environment
    this.#run = run
    this.#reader = new RecordReader(directory, records)
    this.#writer = new RecordWriter(records)
  }

  /** From now on this run writes, and no other. */
  claim(): void {
    const run = this.#run
    if (run === undefined || this.get(RUN) === run) return
    this.#environment.transaction(() => this.put(RUN, run))
  }

  get(key: string): unknown {
    const bytes = this.#environment.get(key)
    return bytes === undefined ? undefined : this.#reader.read(key, bytes)
  }

  refresh(): void {
    this.#environment.refresh()
  }

  check(): void {
    this.#environment.check()
  }

  transaction(write: (writer: StoreWriter) => void): void {
    this.#environment.transaction(() => {
      if (this.#run !== undefined && this.get(RUN) !== this.#run) throw takenOver(this.directory)
      write(this)
    })
  }

  put(key: string, value: unknown): void {
    this.#environment.put(key, this.#writer.write(key, value))
  }

  remove(key: string): void {
    this.#environment.remove(key)
  }

  *range(prefix: string, after?: string): Iterable<readonly [string, unknown]> {
    for (const { key, value } of this.#environment.range(after ?? prefix)) {
      if (key === after) continue
      if (typeof key !== 'string' || !key.startsWith(prefix)) break
      if (key === RUN) continue
      yield [key, this.#reader.read(key, value)]
    }
    for (const { value } of this.#environment.range(LONG_KEYS)) {
      const entry = this.#reader.readLong(value)
      if (entry[0].startsWith(prefix)) yield entry
    }
  }

  async close(): Promise<void> {
    const entry = opened.get(this.directory)
    if (!this.#open || entry === undefined) return
    this.#open = false
    if (--entry.users > 0) return
    try {
      await this.#environment.close()
    } finally {
      opened.delete(this.directory)
    }
  }
}

function checkSame(directory: string, { users, sync: others }: Opened, sync: SyncPolicy): void {
  const where = { file: directory }
  if (users === 0) {
    const message = `the store ${directory} is being closed`
    throw new TyphoonError('STATE_UNAVAILABLE', message, { where, hint: 'wait until its `close` is over' })
  }
  if (sync === others) return
  throw new TyphoonError('INTERNAL', `${directory} is open with sync "${others}", and is asked for with "${sync}"`, {
    where,
  })
}

/** What a run is told that was taken for dead. */
export function takenOver(directory: string): TyphoonError {
  return new TyphoonError(
    'STATE_IN_USE',
    `another run has opened ${directory} since, and this one may write there no more`,
    {
      where: { file: directory },
      hint: 'this run was taken for dead, as it gave no sign of life for some seconds; the other one goes on from what was committed',
    },
  )
}
