/**
 * LMDB, for the store: bytes under keys in a directory. This file alone imports it, and adds what LMDB does not have:
 * its file is looked at before it is believed, one that was emptied is not taken for a new one, and its errors say what
 * to do.
 */
import { existsSync, readFileSync, renameSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb'
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import { type FileId, fileIdOf } from '../../identity/file-id.ts'
import { makeFolder, PRIVATE } from '../../identity/make-folder.ts'
import { KEY_ENCODER, type StoreKey } from '../format/keys.ts'
import { corrupt } from '../format/record.ts'
import type { SyncPolicy } from '../format/store-options.ts'
import { checkFile } from './check-file.ts'
import { hintFor } from './unavailable-hint.ts'

type Database = RootDatabase<Buffer, StoreKey>

const MARK = 'format'
/** An environment needs some 40 KiB to be made; others write meanwhile. */
const LEAST_ROOM_BYTES = 256 * 1024
const MARK_TEXT = 'typhoon store 2\n'

/** LMDB's error after which an environment is of no use any more: the disk failed in the middle of its last step. */
const PANIC = -30795

/** The open file of a directory, one in a process however often the directory is asked for. */
export class Environment {
  readonly #directory: string
  readonly #sync: SyncPolicy
  readonly #fileId: FileId | undefined
  #database: Database

  /** @throws STATE_UNAVAILABLE, STATE_CORRUPT, STATE_FORMAT */
  constructor(directory: string, sync: SyncPolicy) {
    this.#directory = directory
    this.#sync = sync
    this.#database = openDatabase(directory, sync)
    this.#fileId = fileIdOf(fileOf(directory))
  }

  /** Valid until the next call. */
  get(key: string): Uint8Array | undefined {
    return this.#database.getBinaryFast(key)
  }

  /** Whether the file is still the one that was opened. @throws STATE_LOST */
  check(): void {
    if (fileIdOf(fileOf(this.#directory)) === this.#fileId) return
    throw new TyphoonError('STATE_LOST', `the store ${this.#directory} was removed or replaced while it was open`, {
      where: { file: this.#directory },
      hint: 'what was written since is gone with it; put back the whole directory of the topology as it was last, or begin anew',
    })
  }

  /** Reads from now on see what other processes have written. */
  refresh(): void {
    this.#database.resetReadTxn()
  }

  /** All that `write` writes, or nothing where it throws. @throws STATE_UNAVAILABLE, and what `write` throws */
  transaction(write: () => void): void {
    let thrown: unknown
    let isThrown = false
    try {
      this.#database.transactionSync(() => {
        try {
          write()
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

  /** Within a transaction. The bytes may change afterwards. */
  put(key: string, bytes: Buffer): void {
    this.#database.put(key, bytes)
  }

  /** Within a transaction. */
  remove(key: string): void {
    this.#database.remove(key)
  }

  /** The records from a key on, in the order of their keys; long keys come last, as bytes. */
  range(start: StoreKey): Iterable<{ readonly key: StoreKey; readonly value: Buffer }> {
    return this.#database.getRange({ start })
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  #reopen(): void {
    // Of one that has failed the end may fail as well.
    this.#database.close().catch(() => {})
    this.#database = openDatabase(this.#directory, this.#sync)
  }
}

function fileOf(directory: string): string {
  return join(directory, 'data.mdb')
}

function openDatabase(directory: string, sync: SyncPolicy): Database {
  const file = fileOf(directory)
  try {
    makeFolder(directory, PRIVATE)
    checkRoom(directory)
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
 * LMDB writes the table of its readers through memory: where the disk has no room for it, the system ends the process.
 * @throws ENOSPC
 */
function checkRoom(directory: string): void {
  const { bavail, bsize } = statfsSync(directory)
  if (bavail * bsize >= LEAST_ROOM_BYTES) return
  const error: NodeJS.ErrnoException = new Error('no space is left on the device')
  error.code = 'ENOSPC'
  throw error
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
    hint: hintFor(cause, 'check whether the disk is full, and whether the directory may be written'),
    cause,
  })
}

function isOfLmdb(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'number'
}
