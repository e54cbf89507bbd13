/**
 * A file of lines as a state: what `partitionPersist` gives it stands in the file exactly once.
 *
 * For that a small store remembers the length of the file before the last transaction and after it, and a checksum of
 * each. What stands in the file beyond the length after it is the rest of a commit that was cut off, and is taken away;
 * a transaction that comes again begins at the length before it, which is first written to the store, then to the file.
 * So at any moment the file begins with what the store says.
 */

import { extname, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { leaseOf, messageOf, TyphoonError } from '../../index.ts'
import { wrongArgument } from '../../shape/check-argument.ts'
import { type Chosen, checkOptions } from '../../shape/options.ts'
import { hintFor } from '../../store/environment/unavailable-hint.ts'
import type { Store } from '../../store/store.ts'
import { lineOf } from '../../values/column.ts'
import { encode } from '../../values/text.ts'
import type { StateUpdater } from '../model/operation.ts'
import type { State, StateContext, StateFactory } from '../model/state.ts'
import type { TridentTuple } from '../model/tuple.ts'
import { openPartition, syncPolicy } from './partition-store.ts'
import { type Files, filesOfDisk, type OpenFile } from './sink-files.ts'
import { FILE_SINK, type FileSinkOptions } from './state-options.ts'

/** A file sink: both parts of a `partitionPersist`. */
export interface FileSink {
  readonly state: StateFactory<FileState>
  readonly updater: StateUpdater<FileState>
}

/**
 * A sink that appends tuples to a file, a line each, exactly once behind transactional and opaque spouts.
 * @param path of the file. Where the state has several partitions each has a file of its own: `suspicious.jsonl`
 * becomes
 * `suspicious-0.jsonl`, `suspicious-1.jsonl` …
 * @throws BAD_ARGUMENT
 */
export function fileSink(path: string, options: FileSinkOptions = {}): FileSink {
  const format = lineFormat(checkOptions('fileSink', options, FILE_SINK))
  if (typeof path !== 'string' || path === '')
    throw wrongArgument('the path of a file sink', path, 'a text', { code: 'BAD_ARGUMENT' })
  return {
    state: {
      label: `file ${path}`,
      exclusive: resolve(path),
      kind: 'opaque',
      survives: true,
      async makeState(context) {
        const store = await openPartition(context, 'files', { path })
        const { task, name, partitionIndex } = context
        const writer = { topology: task.topology, component: name, task: partitionIndex }
        const files = filesOfDisk(writer, leaseOf(task), (message) => task.log('warn', message))
        try {
          return await FileState.open(pathOfPartition(path, context), store, syncPolicy(context) === 'commit', files)
        } catch (error) {
          await store.close()
          throw error
        }
      },
    },
    updater(state, tuples) {
      for (const tuple of tuples) state.append(format(tuple))
    },
  }
}

/** The file up to some length. */
interface Mark {
  readonly length: number
  /** CRC-32 of all bytes before it. */
  readonly checksum: number
}

interface Head {
  readonly txid: number
  readonly before: Mark
  readonly after: Mark
}

const HEAD = 'head'
const EMPTY: Mark = { length: 0, checksum: 0 }
const FIRST: Head = { txid: 0, before: EMPTY, after: EMPTY }
const BLOCK = 4_194_304

/** The file of one partition. */
export class FileState implements State {
  readonly #path: string
  readonly #file: OpenFile
  readonly #store: Store
  readonly #sync: boolean
  /** Undefined where a transaction of the store has thrown: it can have been written all the same. */
  #known: Head | undefined
  /** Whether there can be bytes behind the end that a commit has left. If not, they are somebody else's. */
  #unfinished = false
  #txid: number | null = null
  #lines: string[] = []

  private constructor(path: string, file: OpenFile, store: Store, sync: boolean, head: Head) {
    this.#path = path
    this.#file = file
    this.#store = store
    this.#sync = sync
    this.#known = head
  }

  /**
   * @param store of this file alone
   * @param sync whether what is committed must be on the disk
   * @throws STATE_FOREIGN, STATE_CORRUPT, STATE_UNAVAILABLE, OUTPUT_IN_USE
   */
  static async open(path: string, store: Store, sync: boolean, files: Files): Promise<FileState> {
    const known = store.get(HEAD) as Head | undefined
    if (known !== undefined && !isHead(known))
      throw corrupt(path, `the store ${store.directory} does not say its length`)
    if (known !== undefined && known.after.length > 0 && !files.exists(path)) throw corrupt(path, 'it is gone')
    const file = whileWriting(path, () => files.open(path, sync))
    try {
      if (known === undefined) {
        if (file.size() > 0) throw foreign(path)
        store.transaction((writer) => writer.put(HEAD, FIRST))
      } else {
        await check(path, file, known.after)
        // What a commit has left that was cut off by the death of its process.
        whileWriting(path, () => file.truncate(known.after.length))
      }
      return new FileState(path, file, store, sync, known ?? FIRST)
    } catch (error) {
      file.close()
      throw error
    }
  }

  /** @throws TXID_BEHIND */
  beginCommit(txid: number | null): void {
    this.#txid = txid
    this.#lines = []
    if (txid === null || txid >= this.#head.txid) return
    throw new TyphoonError('TXID_BEHIND', `the transaction ${txid} came to ${this.#path} after ${this.#head.txid}`, {
      where: { file: this.#path },
      hint: 'the state directory and the place from which the spouts read on do not belong together',
    })
  }

  /** Adds a line to the transaction. @throws DRPC_WRITES in a DRPC request, which may not write */
  append(line: string): void {
    if (this.#txid === null) throw new TyphoonError('DRPC_WRITES', `a DRPC request may not write to ${this.#path}`)
    this.#lines.push(line)
  }

  /**
   * @throws STATE_UNAVAILABLE where the disk is full and the like, STATE_CORRUPT where somebody else writes to the file
   */
  commit(txid: number | null): void {
    if (txid === null) return
    if (txid === this.#head.txid) this.#undo()
    const base = this.#head.after
    const bytes = Buffer.from(this.#lines.map((line) => `${line}\n`).join(''))
    this.#lines = []
    this.#cutTo(base.length)
    if (bytes.length === 0) return
    this.#unfinished = true
    whileWriting(this.#path, () => {
      this.#file.write(bytes, base.length)
      if (this.#sync) this.#file.sync()
    })
    const after = { length: base.length + bytes.length, checksum: crc32(bytes, base.checksum) }
    this.#remember({ txid, before: base, after })
    this.#unfinished = false
  }

  lastTxid(): number | undefined {
    return this.#head.txid === 0 ? undefined : this.#head.txid
  }

  /** @throws STATE_LOST, STATE_CORRUPT where the file is not the one that was written, or is shorter */
  check(): void {
    this.#store.check()
    const { length } = this.#head.after
    if (length === 0) return
    const size = this.#sizeOfOurs()
    if (size < length) throw corrupt(this.#path, `it has ${size} bytes, and ${length} were committed`)
  }

  async close(): Promise<void> {
    this.#file.close()
    await this.#store.close()
  }

  get #head(): Head {
    this.#known ??= readHead(this.#store, this.#path) ?? FIRST
    return this.#known
  }

  /**
   * The last transaction has written nothing: the store says so before the file is cut, for the file must never be too
   * short.
   */
  #undo(): void {
    const { txid, before, after } = this.#head
    if (before.length === after.length) return
    this.#unfinished = true
    this.#remember({ txid, before, after: before })
  }

  #cutTo(length: number): void {
    const size = this.#sizeOfOurs()
    if (size === length) return
    if (size < length) throw corrupt(this.#path, `it has ${size} bytes, and ${length} were committed`)
    if (!this.#unfinished)
      throw corrupt(this.#path, `it has ${size} bytes, and was ${length} long: another process writes to it`)
    whileWriting(this.#path, () => this.#file.truncate(length))
  }

  #sizeOfOurs(): number {
    if (this.#file.isAt(this.#path)) return this.#file.size()
    throw corrupt(this.#path, 'it was removed, renamed or replaced while it was written')
  }

  #remember(head: Head): void {
    this.#known = undefined
    this.#store.transaction((writer) => writer.put(HEAD, head))
    this.#known = head
  }
}

/** Whether the file begins with what was committed. Reads all of it, and lets others have their turn in between. */
async function check(path: string, file: OpenFile, { length, checksum }: Mark): Promise<void> {
  const size = file.size()
  if (size < length) throw corrupt(path, `it has ${size} bytes, and ${length} were committed`)
  const block = Buffer.allocUnsafe(Math.min(BLOCK, length))
  let found = 0
  for (let done = 0; done < length; ) {
    const count = file.read(block.subarray(0, Math.min(block.length, length - done)), done)
    if (count === 0) throw corrupt(path, `it ends at ${done}, and ${length} bytes were committed`)
    found = crc32(block.subarray(0, count), found)
    done += count
    await setImmediate()
  }
  if (found !== checksum) throw corrupt(path, 'its lines are not those that were committed')
}

function pathOfPartition(path: string, { partitionIndex, numPartitions }: StateContext): string {
  if (numPartitions === 1) return path
  const extension = extname(path)
  return `${path.slice(0, path.length - extension.length)}-${partitionIndex}${extension}`
}

function lineFormat({ format, separator }: Chosen<FileSinkOptions, typeof FILE_SINK>): (tuple: TridentTuple) => string {
  if (typeof format === 'function') return format
  if (format === 'json') return (tuple) => encode(tuple.toObject(), 'the tuple')
  if (format === 'text') return (tuple) => lineOf(tuple.values, separator)
  throw new TyphoonError('BAD_ARGUMENT', `a file sink has no format "${String(format)}"`, {
    hint: 'use "json", "text", or a function',
  })
}

function readHead(store: Store, path: string): Head | undefined {
  const head = store.get(HEAD) as Head | undefined
  if (head === undefined || isHead(head)) return head
  throw corrupt(path, `the store ${store.directory} does not say its length`)
}

function isHead({ txid, before, after }: Head): boolean {
  return Number.isSafeInteger(txid) && isMark(before) && isMark(after)
}

function isMark(mark: Mark | undefined): boolean {
  return Number.isSafeInteger(mark?.length) && Number.isSafeInteger(mark?.checksum)
}

function whileWriting<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof TyphoonError) throw cause
    throw new TyphoonError('STATE_UNAVAILABLE', `${path} cannot be written: ${messageOf(cause)}`, {
      where: { file: path },
      hint: hintFor(
        cause,
        'check whether the disk is full, and whether the file may be written; the batch comes again',
      ),
      cause,
    })
  }
}

function corrupt(path: string, what: string): TyphoonError {
  return new TyphoonError('STATE_CORRUPT', `the file ${path} was changed: ${what}`, {
    where: { file: path },
    hint: 'put the file back as it was; or begin with another state directory and another file',
  })
}

function foreign(path: string): TyphoonError {
  return new TyphoonError('STATE_FOREIGN', `the file ${path} is not empty, and this topology has not written it`, {
    where: { file: path },
    hint: 'move the file away, or give the sink another one',
  })
}
