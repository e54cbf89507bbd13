/**
 * The lines of a folder that grows, as an opaque spout: files may be added and appended to, whole lines at a time. Each
 * file is a partition, by its name; a line is taken when its line break has come.
 *
 * The promise: a line is in just one batch that succeeds. A file that is gone or cannot be read does not hold the
 * others up: it is reported, once, and what was not read of it is left out for as long as it is so. A name is followed:
 * a file that was rotated is read on to its end under its new name in the folder, then comes the one that has its name;
 * so a log that is rotated must not be read by a pattern that has the new name, too. Where a file was cut or written
 * anew, what is lost of it is reported with its range, and it is read from its beginning.
 *
 * Files that have nothing new cost no system call per batch: each is looked at again after `pollMillis`, and where
 * there are very many, no more than a thousand a second.
 */

import type { FilePosition } from '../../components/files/input/file-position.ts'
import { Fields, type TaskContext } from '../../index.ts'
import { checkText } from '../../shape/check-argument.ts'
import { checkOptions, count, flag, type OptionTable, text } from '../../shape/options.ts'
import { checkEncoding, type TextEncoding } from '../../values/text-encoding.ts'
import type { OpaquePartitionedTridentSpout, PartitionCoordinator, PartitionEmitter } from '../model/spout.ts'
import { FolderEmitter } from './files/folder-emitter.ts'
import { FolderLister } from './files/folder-lister.ts'
import type { LineRow } from './files/line-row.ts'

/** What can be set of a DirectorySpout. */
export interface DirectorySpoutOptions<WithPlace extends boolean = boolean> {
  /** Which files, `*` stands for any characters; all but those that begin with a dot. */
  readonly pattern?: string
  /** Ends with what is there at the start, a last line without a line break too. Otherwise the spout is endless. */
  readonly stopAtEnd?: boolean
  /** So often new files and lines are looked for; 250. */
  readonly pollMillis?: number
  /** Any that TextDecoder knows; UTF-8 unless given. A byte order mark at the beginning of a file wins. */
  readonly encoding?: string
  /** Adds the fields `file` (its name in the folder) and `offset` (of the line, in bytes) to `line`. */
  readonly place?: WithPlace
}

/** @internal */
export const DIRECTORY_SPOUT = {
  pattern: text({ default: '*' }),
  stopAtEnd: flag(),
  pollMillis: count({ default: 250 }),
  encoding: text({ default: 'utf-8' }),
  place: flag(),
} satisfies OptionTable<DirectorySpoutOptions>

/** The lines of a folder that grows, opaque. */
export class DirectorySpout<WithPlace extends boolean = false>
  implements OpaquePartitionedTridentSpout<FilePosition, LineRow<WithPlace>>
{
  readonly kind = 'opaque'
  readonly outputs: Fields<LineRow<WithPlace>>
  readonly #directory: string
  readonly #pattern: string
  readonly #stopAtEnd: boolean
  readonly #pollMillis: number
  readonly #encoding: TextEncoding
  readonly #place: boolean

  /** @param directory relative to the working directory @throws CONSTRUCTOR_FAILED */
  constructor(directory: string, options: DirectorySpoutOptions<WithPlace> = {}) {
    const set: DirectorySpoutOptions = options
    const given = checkOptions('DirectorySpout', set, DIRECTORY_SPOUT)
    this.#directory = checkText('the directory of a DirectorySpout', directory, '[0]')
    this.#pattern = given.pattern
    this.#stopAtEnd = given.stopAtEnd
    this.#pollMillis = given.pollMillis
    this.#encoding = checkEncoding('the encoding of a DirectorySpout', given.encoding)
    this.#place = given.place
    this.outputs = new Fields(this.#place ? ['line', 'file', 'offset'] : ['line'])
  }

  /** @throws FILE_NOT_FOUND where there is no such folder */
  getCoordinator(context: TaskContext): PartitionCoordinator {
    const pollMillis = this.#stopAtEnd ? Number.POSITIVE_INFINITY : this.#pollMillis
    return new FolderLister(this.#directory, this.#pattern, pollMillis, context)
  }

  getEmitter(context: TaskContext): PartitionEmitter<FilePosition, LineRow<WithPlace>> {
    return new FolderEmitter(this.#directory, context, {
      stopAtEnd: this.#stopAtEnd,
      pollMillis: this.#pollMillis,
      encoding: this.#encoding,
      place: this.#place,
    })
  }
}
