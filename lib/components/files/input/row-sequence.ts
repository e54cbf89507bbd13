/**
 * The rows of several files, one file after the other: what a FileSpout reads, whatever a row is. Rows lie in stages,
 * which count upwards, and within a stage between two offsets; so any place between two rows can be gone on from.
 */

import type { FileId } from '../../../identity/file-id.ts'
import type { FileMark, FilePosition } from './file-position.ts'
import type { InputError } from './input-error.ts'
import type { ReaderEvents } from './line-reader.ts'

/** The values of a row; null where the file could not give them. */
export type Row = readonly (string | null)[]

/** Where a reading goes on: the number of the file in the list, and the place in it. */
export interface SequencePlace {
  readonly index: number
  readonly place?: FilePosition
}

/**
 * What cannot be read any more: a stage of its own, in which the place 0 is before it was reported, and 1 after that.
 */
export interface Lost {
  readonly stage: number
  readonly path: string
  /** The bytes that are lost. */
  readonly from: number
  /** Where the file had ended; left out if that is not known. */
  readonly to?: number
  /** What its dead letter has. */
  readonly row: Row
  readonly error: InputError
}

/** What a sequence tells beside its rows, in their order. */
export interface SequenceEvents extends ReaderEvents {
  lost(lost: Lost): void
  /** The task's clock, ms. */
  now(): number
}

export interface RowSequence {
  /** The stage of the last row. */
  readonly stage: number
  /** Name of the file of the last row. */
  readonly path: string
  /** Where the last row begins and ends in its stage; where it begins is a byte of the file, too. */
  readonly start: number
  readonly end: number
  /** Set where `next` must wait. */
  readonly pending: Promise<void> | undefined
  readonly isAtEnd: boolean
  /** The next row; undefined at the end, or where there is none at the moment. Hot. @throws FILE_NOT_FOUND */
  next(): readonly string[] | undefined
  /** The place of an offset in a stage that was begun, or of -1 before the first one. Earlier stages are forgotten. */
  placeIn(stage: number, offset: number): SequencePlace
  /** Where the next row would begin: all rows so far come before it. */
  readonly here: SequencePlace
  /** Where each file stands that was begun, by its identity: all rows so far come before these places. */
  places(): Record<string, FilePosition>
  /** Bytes of its files that were not read yet; undefined where only reading would tell, or there is no end. */
  readonly backlogBytes: number | undefined
  /** Closes what is open. @throws what closing a file has thrown, an earlier one too */
  close(): Promise<void>
}

/** What a sequence reads. */
export interface Files {
  readonly paths: readonly string[]
  /** Begins again with the first one after the last, for ever. */
  readonly repeat: boolean
  /**
   * Goes on looking for what comes after the last file: files that have grown, or were followed by another one of their
   * name, and those that this returns, which are new. Left out: what is there is all.
   */
  readonly more?: (() => readonly string[]) | undefined
  /** Whether a file that now has one of the names is for this task; left out: any is. */
  readonly owns?: ((path: string, id: FileId) => boolean) | undefined
  /**
   * Files that had a name after the one that is given, and before the one that has it now, where they lie, in their
   * order: a name may have passed on more than once since it was looked at.
   */
  readonly between?: ((path: string, mark: FileMark) => readonly string[]) | undefined
}

/** What a sequence goes on with that begins where another one has ended. */
export interface LeftFiles {
  /** Where files were left, by their identity: a file is read on from there, whatever its name is now. */
  readonly places: Readonly<Record<string, FilePosition>>
  /** Where files lie that are to be read before those of the list, and are not in it. */
  readonly first: readonly string[]
}

/** Where nothing was read. */
export const NOTHING_LEFT: LeftFiles = { places: {}, first: [] }

/** The name of a file by its number, which goes on counting where they are repeated. */
export function pathAt({ paths }: Files, index: number): string {
  return paths[index % paths.length] as string
}

/** Whether there is no file of this number. */
export function isPastEnd({ paths, repeat }: Files, index: number): boolean {
  return paths.length === 0 || (index >= paths.length && !repeat)
}
