/**
 * The lines of files, as a transactional spout: each file, and each range of a large one, is a partition; a call is remembered by its bytes.
 *
 * The promise: a batch that is replayed has the same lines, or fails with INPUT_CHANGED; each line is in one partition. So the borders of the
 * ranges depend on nothing but `splitBytes`: range i has the lines that begin in bytes `i * splitBytes` to `(i + 1) * splitBytes`. Where a
 * file has grown before the next run, the last range goes on and others come after it. Within a run a file ends where it ended when its task
 * first looked at it. For files that are being written see DirectorySpout.
 */
import { statSync } from 'node:fs'
import { checkChoice, checkOptions, checkText, wrongArgument } from '../../components/arguments.ts'
import { listFiles } from '../../components/files/file-list.ts'
import type { LineEncoding } from '../../components/files/line-reader.ts'
import { Fields, type TaskContext } from '../../index.ts'
import { changed } from './files/input-error.ts'
import { InputFile, type Place } from './files/input-file.ts'
import { emitLinesTo, type LineRow, LineScanner } from './files/line-scanner.ts'
import type {
  BatchCollector,
  PartitionCoordinator,
  PartitionedTridentSpout,
  TransactionAttempt,
  TransactionalEmitter,
} from './spout.ts'

const SPLIT_BYTES = 8_388_608

/** What can be set of a PartitionedFileSpout. */
export interface PartitionedFileSpoutOptions<WithPlace extends boolean = boolean> {
  /** Files that are larger are cut into ranges of so many bytes, which several tasks read at a time. 8 MiB; Infinity: never. */
  readonly splitBytes?: number
  /** `utf8` (default) or `latin1`. */
  readonly encoding?: LineEncoding
  /** Adds the fields `file` and `offset` (of the line, in bytes) to `line`. */
  readonly place?: WithPlace
}

/** What a call has read: bytes `from` to `to`, and the sums that show whether they are the same when they are read again. */
export interface FileRangeMeta extends Place {
  readonly from: number
  /** CRC-32 of the bytes. */
  readonly sum: number
}

/** The lines of files, transactional. */
export class PartitionedFileSpout<WithPlace extends boolean = false>
  implements PartitionedTridentSpout<FileRangeMeta, LineRow<WithPlace>>
{
  readonly kind = 'transactional'
  readonly outputs: Fields<LineRow<WithPlace>>
  readonly #files: string | readonly string[]
  readonly #splitBytes: number
  readonly #encoding: LineEncoding
  readonly #place: boolean

  /**
   * @param files names of files, folders, or patterns with `*` in their last part, relative to the working directory
   * @throws CONSTRUCTOR_FAILED
   */
  constructor(files: string | readonly string[], options: PartitionedFileSpoutOptions<WithPlace> = {}) {
    const known = ['splitBytes', 'encoding', 'place'] as const
    const { splitBytes, encoding, place } = checkOptions('PartitionedFileSpout', options, known)
    for (const file of [files].flat()) checkText('a file of a PartitionedFileSpout', file)
    this.#files = files
    this.#splitBytes = checkSplit(splitBytes ?? SPLIT_BYTES)
    this.#encoding = checkChoice('the encoding of a PartitionedFileSpout', encoding ?? 'utf8', ['utf8', 'latin1'])
    this.#place = place === true
    this.outputs = new Fields(this.#place ? ['line', 'file', 'offset'] : ['line'])
  }

  /** Lists the files, once. @throws FILE_NOT_FOUND */
  getCoordinator(_: TaskContext): PartitionCoordinator {
    const files = new Set(listFiles(this.#files))
    const partitions = [...files].flatMap((file) => rangesOf(file, statSync(file).size, this.#splitBytes))
    return { getPartitionsForBatch: () => partitions }
  }

  getEmitter(_: TaskContext): TransactionalEmitter<FileRangeMeta, LineRow<WithPlace>> {
    return new FileRangeEmitter(this.#encoding, this.#place)
  }
}

/** A range of a file, cut at lines. */
interface Range {
  readonly path: string
  readonly start: number
  readonly end: number
}

class FileRangeEmitter implements TransactionalEmitter<FileRangeMeta> {
  readonly #scanner: LineScanner
  readonly #place: boolean
  readonly #ranges = new Map<string, Range>()

  constructor(encoding: LineEncoding, place: boolean) {
    this.#scanner = new LineScanner(encoding)
    this.#place = place
  }

  /** @throws PARTITION_GONE, INPUT_CHANGED, FILE_NOT_FOUND, TUPLE_TOO_LARGE */
  emitPartitionBatchNew(
    _: TransactionAttempt,
    collector: BatchCollector,
    partition: string,
    last: FileRangeMeta | undefined,
  ): FileRangeMeta | undefined {
    const { path, start, end } = this.#range(partition)
    const from = last?.to ?? start
    if (from === end) return undefined
    return InputFile.with(path, (file) => {
      if (last !== undefined) file.checkPlace(last)
      const part = { from, end, takesRest: true }
      const { to, sum } = this.#scanner.scan(file, part, emitLinesTo(this.#place, path, collector), collector)
      return { from, sum, ...file.placeAt(to) }
    })
  }

  /** @throws PARTITION_GONE, INPUT_CHANGED, FILE_NOT_FOUND */
  emitPartitionBatch(_: TransactionAttempt, collector: BatchCollector, partition: string, meta: FileRangeMeta): void {
    const { path } = parsePartition(partition)
    InputFile.with(path, (file) => {
      const part = { from: meta.from, end: meta.to, takesRest: true }
      const { sum } = this.#scanner.scan(file, part, emitLinesTo(this.#place, path, collector))
      // The rows are out, but the batch fails with this and is not committed.
      if (sum !== meta.sum)
        throw changed(path, `has other content in bytes ${meta.from} to ${meta.to} than was read before`)
    })
  }

  /** A file that cannot be read is not exhausted: what is wrong with it shows when it is read. */
  isExhausted(partition: string, last: FileRangeMeta | undefined): boolean {
    try {
      const { start, end } = this.#range(partition)
      return (last?.to ?? start) === end
    } catch {
      return false
    }
  }

  /** The borders of a range are sought once, so that the end stays where it is while the file grows. */
  #range(partition: string): Range {
    let range = this.#ranges.get(partition)
    if (range === undefined) {
      const { path, from, to } = parsePartition(partition)
      range = InputFile.with(path, (file) => {
        const { size } = file
        const end = to < size ? this.#scanner.lineStart(file, to, size) : size
        return { path, start: this.#scanner.lineStart(file, Math.min(from, size), size), end }
      })
      this.#ranges.set(partition, range)
    }
    return range
  }
}

function checkSplit(bytes: number): number {
  if (bytes === Number.POSITIVE_INFINITY || (Number.isSafeInteger(bytes) && bytes > 0)) return bytes
  throw wrongArgument('splitBytes of a PartitionedFileSpout', bytes, 'a whole number from 1 up, or Infinity')
}

/** The names say where a range would end, not where the file does: they are the same when it has grown. */
function rangesOf(file: string, size: number, splitBytes: number): string[] {
  if (splitBytes === Number.POSITIVE_INFINITY) return [`${file}@0-`]
  const count = Math.max(1, Math.ceil(size / splitBytes))
  return Array.from({ length: count }, (_, index) => `${file}@${index * splitBytes}-${(index + 1) * splitBytes}`)
}

function parsePartition(partition: string): { path: string; from: number; to: number } {
  const [, path, from, to] = /^(.*)@(\d+)-(\d*)$/s.exec(partition) as unknown as [string, string, string, string]
  return { path, from: Number(from), to: to === '' ? Number.POSITIVE_INFINITY : Number(to) }
}
