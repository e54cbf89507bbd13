/**
 * What becomes of the places of an earlier run, whatever has happened to the names of its files meanwhile.
 *
 * A file is known by its identity, and by what it begins with and has before the place; its name comes last. So one
 * that was renamed, or has several names, goes on under the name that it has now, one that was copied back under its
 * old name goes on too, and what has taken a name is a new file. All tasks see the same files and the same places, and
 * each finds out for itself which are its own.
 */
import { existsSync } from 'node:fs'
import type { FileId } from '../../../identity/file-id.ts'
import type { ListedFile } from './file-list.ts'
import type { FileMark, FilePosition } from './file-position.ts'
import { changed, gone } from './input-error.ts'
import { InputFile, isAsItWasLeft, movedTo } from './input-file.ts'
import { rotatedAfter } from './rotated-files.ts'
import type { LeftFiles } from './row-sequence.ts'

/** What a task knows of the files of all tasks. */
export interface Share {
  /** Those of all tasks. */
  readonly listed: readonly ListedFile[]
  /** Whether a file of this name is one of those that are to be read. */
  isMeant(path: string): boolean
  /** Whether a file that is not listed is for this task. */
  owns(path: string, id: FileId): boolean
  isMine(file: ListedFile): boolean
  /** It answers for what is not there for any task. */
  readonly isFirst: boolean
  /** Whether an open file is the one of a place, going by what is in it. */
  isOf(file: InputFile, place: FilePosition): boolean
  /** @throws INPUT_CHANGED where the file cannot be read on from there, though it is the one */
  check(file: InputFile, place: FilePosition): void
}

/**
 * @param positions of all tasks
 * @returns what this task goes on with
 * @throws INPUT_CHANGED, PARTITION_GONE where a file that was not read to its end is not there any more
 */
export function restoreFiles(positions: Readonly<Record<string, FilePosition>>, share: Share): LeftFiles {
  const restoring = new Restoring(share)
  const all = Object.entries(positions).map(([key, place]) => ({ ...place, path: place.path ?? key }))
  for (const place of all) restoring.restore(place)
  restoring.addFollowers(all)
  return { places: restoring.places, first: restoring.first }
}

type NamedPosition = FilePosition & { readonly path: string }

class Restoring {
  readonly places: Record<string, FilePosition> = {}
  readonly first: string[] = []
  readonly #share: Share
  /** Those that are not listed and have a place, of all tasks. */
  readonly #found = new Set<FileId>()
  readonly #byId: ReadonlyMap<FileId, ListedFile>
  readonly #byPath: ReadonlyMap<string, ListedFile>

  constructor(share: Share) {
    this.#share = share
    this.#byId = new Map(share.listed.map((file) => [file.id, file]))
    this.#byPath = new Map(share.listed.map((file) => [file.path, file]))
  }

  restore(place: NamedPosition): void {
    const { path, file, isOver } = place
    const known = file && this.#byId.get(file.id)
    const moved = file && this.#share.isMeant(path) ? movedTo(path, file) : undefined
    const named = this.#byPath.get(path)
    if (known !== undefined && this.#isAt(known.path, place)) this.#take(known, place)
    else if (moved !== undefined && !this.#byPath.has(moved) && this.#isAt(moved, place)) {
      this.#found.add(file!.id)
      this.#takeUnlisted(moved, place)
    } else if (named !== undefined && this.#isAt(path, place)) this.#take(named, place)
    else if (isOver === undefined && this.#isToMiss(path, named)) this.#miss(place)
    // One that was read to its end may be gone; what has its name now is new.
  }

  /** What has had a name of the earlier run since, and lost it again. */
  addFollowers(all: readonly NamedPosition[]): void {
    const last = new Map<string, FileMark>()
    for (const { path, file } of all) {
      const other = last.get(path)
      if (file !== undefined && this.#share.isMeant(path) && (other?.mtimeMs ?? 0) <= (file.mtimeMs ?? 0))
        last.set(path, file)
    }
    for (const [path, mark] of last) {
      for (const { path: lies, id } of rotatedAfter(path, mark)) {
        if (!this.#found.has(id) && !this.#byId.has(id) && this.#share.owns(path, id)) this.first.push(lies)
      }
    }
  }

  #take(file: ListedFile, place: FilePosition): void {
    if (!this.#share.isMine(file)) return
    if (!isAsItWasLeft(file.path, place)) this.#check(file.path, place)
    // It may have been copied, and then it is another one by now.
    const mark = place.file && { ...place.file, id: file.id }
    this.places[file.id] = { ...place, path: file.path, ...(mark && { file: mark }) }
  }

  /** It has no name in the list any more: what is left of it comes first. */
  #takeUnlisted(lies: string, place: NamedPosition): void {
    const { id } = place.file!
    if (!this.#share.owns(place.path, id)) return
    this.places[id] = place
    if (isAsItWasLeft(lies, place)) return
    this.#check(lies, place)
    this.first.push(lies)
  }

  #check(path: string, place: FilePosition): void {
    InputFile.with(path, undefined, (file) => this.#share.check(file, place))
  }

  /** Whether what lies there is what was read, and may have grown since. */
  #isAt(path: string, place: FilePosition): boolean {
    if (isAsItWasLeft(path, place)) return true
    try {
      return InputFile.with(path, undefined, (file) => this.#share.isOf(file, place))
    } catch {
      return false
    }
  }

  #isToMiss(path: string, named: ListedFile | undefined): boolean {
    return named === undefined ? this.#share.isFirst && !existsSync(path) : this.#share.isMine(named)
  }

  #miss(place: NamedPosition): never {
    const { path } = place
    if (!existsSync(path)) throw gone(path, undefined)
    throw InputFile.with(path, undefined, (file) =>
      changed(path, file.differenceTo(place) ?? 'is another file than was read before'),
    )
  }
}
