/**
 * The lines of files, as a transactional spout: each file, and each range of a large one, is a partition; a call is
 * remembered by its bytes.
 *
 * The promise: a batch that is replayed has the same lines, or fails with INPUT_CHANGED; each line is in one partition.
 * So the borders of the ranges depend on nothing but `splitBytes`: range i has the lines that begin in bytes `i *
 * splitBytes` to `(i + 1) * splitBytes`. Where a file has grown before the next run, the last range goes on and others
 * come after it. Within a run a file ends where it ended when its task first looked at it. For files that are being
 * written see DirectorySpout.
 */

import { listFiles } from '../../components/files/input/file-list.ts'
import type { FilePosition } from '../../components/files/input/file-position.ts'
import { changed } from '../../components/files/input/input-error.ts'
import { InputFile } from '../../components/files/input/input-file.ts'
import { Fields, type TaskContext } from '../../index.ts'
import { checkTexts } from '../../shape/check-argument.ts'
import { checkOptions, count, flag, type OptionTable, text } from '../../shape/options.ts'
import { checkEncoding, type TextEncoding } from '../../values/text-encoding.ts'
import type { Awaitable } from '../model/operation.ts'
import type {
  BatchCollector,
  PartitionCoordinator,
  PartitionedTridentSpout,
  TransactionAttempt,
  TransactionalEmitter,
} from '../model/spout.ts'
import type { LineRow } from './files/line-row.ts'
import { ENDLESS, emitLinesTo, LineRows, type OnLine } from './files/line-rows.ts'

/** What can be set of a PartitionedFileSpout. */
export interface PartitionedFileSpoutOptions<WithPlace extends boolean = boolean> {
  /**
   * Files that are larger are cut into ranges of this many bytes, which several tasks read at a time. 8 MiB; Infinity:
   * never.
   */
  readonly splitBytes?: number
  /** Any that TextDecoder knows; UTF-8 unless given. A byte order mark at the beginning of a file wins. */
  readonly encoding?: string
  /** Adds the fields `file` and `offset` (of the line, in bytes) to `line`. */
  readonly place?: WithPlace
}

/** @internal */
export const PARTITIONED_FILE_SPOUT = {
  splitBytes: count({ default: 8_388_608, least: 1 }),
  encoding: text({ default: 'utf-8' }),
  place: flag(),
} satisfies OptionTable<PartitionedFileSpoutOptions>

/**
 * What a call has read: bytes `from` to `to`, and the sums that show whether they are the same when they are read
 * again.
 */
export interface FileRangeMeta extends FilePosition {
  readonly from: number
  /** CRC-32 of the bytes; 0 of a packed file, which has sums of its own. */
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
  readonly #encoding: TextEncoding
  readonly #place: boolean

  /**
   * @param files names of files, folders, or patterns with `*` in their last part, relative to the working directory
   * @throws CONSTRUCTOR_FAILED
   */
  constructor(files: string | readonly string[], options: PartitionedFileSpoutOptions<WithPlace> = {}) {
    const given: PartitionedFileSpoutOptions = options
    const { splitBytes, encoding, place } = checkOptions('PartitionedFileSpout', given, PARTITIONED_FILE_SPOUT)
    checkTexts('the file of a PartitionedFileSpout', files, '[0]')
    this.#files = files
    this.#splitBytes = splitBytes
    this.#encoding = checkEncoding('the encoding of a PartitionedFileSpout', encoding)
    this.#place = place
    this.outputs = new Fields(this.#place ? ['line', 'file', 'offset'] : ['line'])
  }

  /** @throws FILE_NOT_FOUND */
  checkFiles(): void {
    listFiles(this.#files)
  }

  /** Lists the files, once. @throws FILE_NOT_FOUND */
  getCoordinator(context: TaskContext): PartitionCoordinator {
    const files = listFiles(this.#files, (file, first) =>
      context.log('warn', `"${file}" is the same file as "${first}", and is read once`),
    ).map(({ path }) => path)
    const partitions = files.flatMap((path) =>
      InputFile.with(path, undefined, ({ size, packing }) =>
        rangesOf(path, size, packing === undefined ? this.#splitBytes : Number.POSITIVE_INFINITY),
      ),
    )
    return { getPartitionsForBatch: () => partitions }
  }

  getEmitter(context: TaskContext): TransactionalEmitter<FileRangeMeta, LineRow<WithPlace>> {
    return new FileRangeEmitter(context, this.#encoding, this.#place)
  }
}

/** A range of a file, cut at lines. */
interface Range {
  readonly path: string
  readonly start: number
  /** Undefined for a packed file until it has been read to its end. */
  end: number | undefined
  readonly isPacked: boolean
}

class FileRangeEmitter implements TransactionalEmitter<FileRangeMeta> {
  readonly #rows: LineRows
  readonly #place: boolean
  readonly #ranges = new Map<string, Range>()

  constructor(context: TaskContext, encoding: TextEncoding, place: boolean) {
    this.#rows = new LineRows(context, encoding)
    this.#place = place
  }

  /** @throws PARTITION_GONE, INPUT_CHANGED, INPUT_DAMAGED, FILE_NOT_FOUND */
  emitPartitionBatchNew(
    _: TransactionAttempt,
    collector: BatchCollector,
    partition: string,
    last: FileRangeMeta | undefined,
  ): Awaitable<FileRangeMeta | undefined> {
    const range = this.#range(partition)
    const { path, start, end } = range
    const from = last?.to ?? start
    if (from === end) return undefined
    const onLine = emitLinesTo(this.#place, path, collector)
    if (range.isPacked) return this.#emitPacked(range, last, onLine, collector)
    return InputFile.with(path, last, (file) => {
      const part = { from, end: end ?? file.size, takesRest: true }
      const { to, sum } = this.#rows.scan(file, part, onLine, collector, collector)
      return { from, sum, ...file.placeAt(to) }
    })
  }

  /** @throws PARTITION_GONE, INPUT_CHANGED, INPUT_DAMAGED, FILE_NOT_FOUND */
  emitPartitionBatch(
    _: TransactionAttempt,
    collector: BatchCollector,
    partition: string,
    meta: FileRangeMeta,
  ): Awaitable<void> {
    const { path, isPacked } = this.#range(partition)
    const { from, to } = meta
    const onLine = emitLinesTo(this.#place, path, collector)
    // The rows are out, but the batch fails with this and is not committed.
    const other = () => changed(path, `has other content in bytes ${from} to ${to} than was read before`)
    if (isPacked) {
      const part = { from, end: to }
      return this.#rows.scanPacked(path, meta, part, onLine, ENDLESS, collector).then((read) => {
        if (read.to !== to) throw other()
      })
    }
    InputFile.with(path, meta, (file) => {
      const part = { from, end: to, takesRest: true }
      const { sum } = this.#rows.scan(file, part, onLine, ENDLESS, collector)
      if (sum !== meta.sum) throw other()
    })
  }

  close(): Promise<void> {
    return this.#rows.closePacked()
  }

  async #emitPacked(
    range: Range,
    last: FileRangeMeta | undefined,
    onLine: OnLine,
    collector: BatchCollector,
  ): Promise<FileRangeMeta | undefined> {
    const from = last?.to ?? 0
    const { to, place, isAtEnd } = await this.#rows.scanPacked(range.path, last, { from }, onLine, collector, collector)
    if (isAtEnd) range.end = to
    return to === from ? undefined : { from, sum: 0, ...place }
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

  placeOf(partition: string, offset: number): { file: string; offset: number } {
    return { file: parsePartition(partition).path, offset }
  }

  /** The borders of a range are sought once, so that the end stays where it is while the file grows. */
  #range(partition: string): Range {
    let range = this.#ranges.get(partition)
    if (range === undefined) {
      const { path, from, to } = parsePartition(partition)
      range = InputFile.with(path, undefined, (file) => {
        const { size } = file
        if (file.packing !== undefined) return { path, start: 0, end: undefined, isPacked: true }
        const end = to < size ? this.#rows.lineStart(file, to, size) : size
        return { path, start: this.#rows.lineStart(file, Math.min(from, size), size), end, isPacked: false }
      })
      this.#ranges.set(partition, range)
    }
    return range
  }
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
