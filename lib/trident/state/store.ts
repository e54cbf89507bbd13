/**
 * A small durable store of keys and values in a directory: what map states, windows and the metadata of batches are
 * kept in. LMDB does the work; this file alone imports it, and adds what LMDB does not have: checksums, errors that say
 * what to do, keys of any length.
 *
 * Promises: a transaction is written whole or not at all, and is on the disk when the call returns (`sync: 'commit'`),
 * or survives the end of the process and not a power cut (`sync: 'none'`). What was damaged is never taken for a value.
 * All calls are synchronous.
 *
 * A directory is opened once in a process however often it is asked for. Several processes may open it; one of them
 * writes at a time. A store that is opened for a run bears its name, and refuses what any other run writes from then
 * on, within the same transaction.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb'
import { type FileId, fileIdOf } from '../../identity/file-id.ts'
import { messageOf, TyphoonError } from '../../index.ts'
import { checkFile } from './store/check-file.ts'
import { KEY_ENCODER, LONG_KEYS, type StoreKey } from './store/keys.ts'
import { corrupt, RecordReader, RecordWriter } from './store/record.ts'
import { hintFor } from './unavailable-hint.ts'

/** When a transaction is on the disk: at its end, or whenever the system likes. */
export type SyncPolicy = 'commit' | 'none'

/** How a store is opened. */
export interface StoreOptions {
  readonly sync: SyncPolicy
  /**
   * The run that it is opened for (`TaskContext.run`): one that had it open before can write no more. Left out where no
   * other can come.
   */
  readonly run?: string
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
   * All writes, or none where the callback throws. Reads in it see what it has written. @throws STATE_UNAVAILABLE;
   * STATE_IN_USE where a later run has it
   */
  transaction(write: (writer: StoreWriter) => void): void
  /** Reads from now on see what other processes have written; without it they may be a moment behind. */
  refresh(): void
  /** Whether its file is still the one that was opened. @throws STATE_LOST */
  check(): void
  /**
   * All keys that begin with `prefix`, as they are now; keys of 600 characters or less come in their order, longer ones
   * after them.
   */
  range(prefix: string): Iterable<readonly [string, unknown]>
  close(): Promise<void>
}

type Database = RootDatabase<Buffer, StoreKey>

/** By directory, absolute: LMDB must not open a file twice in a process. */
const opened = new Map<string, { readonly environment: Environment; users: number }>()

/**
 * Opens or creates the store in a directory.
 * @throws STATE_UNAVAILABLE where the directory cannot be written; STATE_CORRUPT, STATE_FORMAT where its file cannot be
 * read
 */
export function openStore(directory: string, options: StoreOptions): Store {
  const path = resolve(directory)
  let entry = opened.get(path)
  if (entry === undefined) {
    entry = { environment: new Environment(path, options), users: 0 }
    opened.set(path, entry)
  }
  entry.users++
  const store = new StoreHandle(path, entry.environment, options.run)
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

class StoreHandle implements Store {
  readonly directory: string
  readonly #environment: Environment
  readonly #run: string | undefined
  #open = true

  constructor(directory: string, environment: Environment, run: string | undefined) {
    this.directory = directory
    this.#environment = environment
    this.#run = run
  }

  /** From now on this run writes, and no other. */
  claim(): void {
    const run = this.#run
    if (run === undefined || this.#environment.get(RUN) === run) return
    this.#environment.transaction((writer) => writer.put(RUN, run))
  }

  get(key: string): unknown {
    return this.#environment.get(key)
  }

  refresh(): void {
    this.#environment.refresh()
  }

  check(): void {
    this.#environment.check()
  }

  transaction(write: (writer: StoreWriter) => void): void {
    this.#environment.transaction((writer) => {
      if (this.#run !== undefined && this.#environment.get(RUN) !== this.#run) throw takenOver(this.directory)
      write(writer)
    })
  }

  range(prefix: string): Iterable<readonly [string, unknown]> {
    return this.#environment.range(prefix)
  }

  async close(): Promise<void> {
    const entry = opened.get(this.directory)
    if (!this.#open || entry === undefined) return
    this.#open = false
    if (--entry.users > 0) return
    opened.delete(this.directory)
    await this.#environment.close()
  }
}

const MARK = 'format'
const MARK_TEXT = 'typhoon store 2\n'

/** LMDB's error after which an environment is of no use any more: the disk failed in the middle of its last step. */
const PANIC = -30795

class Environment implements StoreWriter {
  readonly #directory: string
  readonly #options: StoreOptions
  readonly #writer = new RecordWriter()
  readonly #reader: RecordReader
  readonly #fileId: FileId | undefined
  #database: Database

  constructor(directory: string, options: StoreOptions) {
    this.#directory = directory
    this.#options = options
    this.#reader = new RecordReader(directory)
    this.#database = openDatabase(directory, options)
    this.#fileId = fileIdOf(fileOf(directory))
  }

  get(key: string): unknown {
    const bytes = this.#database.getBinaryFast(key)
    return bytes === undefined ? undefined : this.#reader.read(key, bytes)
  }

  check(): void {
    if (fileIdOf(fileOf(this.#directory)) === this.#fileId) return
    throw new TyphoonError('STATE_LOST', `the store ${this.#directory} was removed or replaced while it was open`, {
      where: { file: this.#directory },
      hint: 'what was written since is gone with it; put back the whole directory of the topology as it was last, or begin anew',
    })
  }

  refresh(): void {
    this.#database.resetReadTxn()
  }

  transaction(write: (writer: StoreWriter) => void): void {
    let thrown: unknown
    let isThrown = false
    try {
      this.#database.transactionSync(() => {
        try {
          write(this)
        } catch (error) {
          isThrown = true
          thrown = error
          throw error
        }
      })
    } catch (error) {
      // LMDB's own errors come by way of the callback too.
      if (isThrown && !isOfLmdb(thrown)) throw thrown
      if ((error as { code?: unknown }).code === PANIC) this.#reopen()
      throw unavailable(this.#directory, 'written', error)
    }
  }

  put(key: string, value: unknown): void {
    this.#database.put(key, this.#writer.write(key, value))
  }

  remove(key: string): void {
    this.#database.remove(key)
  }

  *range(prefix: string): Iterable<readonly [string, unknown]> {
    for (const { key, value } of this.#database.getRange({ start: prefix })) {
      if (typeof key !== 'string' || !key.startsWith(prefix)) break
      if (key === RUN) continue
      yield [key, this.#reader.read(key, value)]
    }
    for (const { value } of this.#database.getRange({ start: LONG_KEYS })) {
      const entry = this.#reader.readLong(value)
      if (entry[0].startsWith(prefix)) yield entry
    }
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  #reopen(): void {
    void this.#database.close()
    this.#database = openDatabase(this.#directory, this.#options)
  }
}

function fileOf(directory: string): string {
  return join(directory, 'data.mdb')
}

function openDatabase(directory: string, { sync }: StoreOptions): Database {
  const file = fileOf(directory)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    checkMark(directory, file)
    checkFile(file)
    const database = open<Buffer, StoreKey>({
      path: directory,
      noSubdir: false,
      encoding: 'binary',
      keyEncoder: KEY_ENCODER,
      cache: false,
      // With it a commit would return before the disk has it.
      overlappingSync: false,
      noSync: sync === 'none',
    } as RootDatabaseOptionsWithPath)
    writeMark(directory)
    return database
  } catch (error) {
    if (error instanceof TyphoonError) throw error
    if (isDamage(error)) throw corrupt(file, messageOf(error))
    throw unavailable(directory, 'opened', error)
  }
}

/**
 * A mark that the store was made, and in which format: a file that was emptied or deleted would else be taken for a new
 * one, and counts would begin at zero.
 */
function checkMark(directory: string, file: string): void {
  const mark = join(directory, MARK)
  if (!existsSync(mark)) return
  if (readFileSync(mark, 'utf8') !== MARK_TEXT) {
    throw new TyphoonError('STATE_FORMAT', `the store ${directory} has another format than this version reads`, {
      where: { file: mark },
      hint: 'run the version of Typhoon that wrote it, or delete the directory of the topology to begin anew',
    })
  }
  if (!existsSync(file) || statSync(file).size === 0) throw corrupt(file, 'it was emptied or deleted')
}

/** Whole or not at all: others may open the store at this moment, and this process may end at any. */
function writeMark(directory: string): void {
  const mark = join(directory, MARK)
  if (existsSync(mark)) return
  const draft = `${mark}.${process.pid}`
  writeFileSync(draft, MARK_TEXT, { mode: 0o600 })
  renameSync(draft, mark)
}

/** LMDB: a page is not there, is not valid, or the file is none of its own. */
function isDamage(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'number' && (code === -30797 || code === -30796 || code === -30793)
}

/** The error of a store that cannot be used now, and perhaps later. */
function unavailable(directory: string, what: 'opened' | 'written', cause: unknown): TyphoonError {
  return new TyphoonError('STATE_UNAVAILABLE', `the store ${directory} cannot be ${what}: ${messageOf(cause)}`, {
    where: { file: directory },
    hint: hintFor(cause, 'look whether the disk is full, and whether the directory may be written'),
    cause,
  })
}

function takenOver(directory: string): TyphoonError {
  return new TyphoonError(
    'STATE_IN_USE',
    `another run has opened ${directory} since, and this one may write there no more`,
    {
      where: { file: directory },
      hint: 'this run was taken for dead, as it gave no sign of life for some seconds; the other one goes on from what was committed',
    },
  )
}

function isOfLmdb(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'number'
}
