/**
 * Where snapshots live: the port. A directory is one (`snapshot-directory.ts`); an object store could be another.
 *
 * Promises: what a file or a manifest holds is durable when the promise is fulfilled, as far as its options say so; a
 * manifest is there whole or not at all.
 */
import type { Manifest } from './manifest.ts'

/** A file that is being written, from its beginning to its end. */
export interface NewFile {
  readonly name: string
  /** Bytes so far. */
  readonly size: number
  /** Takes the bytes over. One call at a time. @throws STATE_UNAVAILABLE (rejects) */
  append(bytes: Uint8Array): Promise<void>
  /** To be called once, after the last byte: it is there to stay. @throws STATE_UNAVAILABLE (rejects) */
  finish(): Promise<void>
  /** Ends it where it is; what was written need not stay. Never rejects. */
  abandon(): Promise<void>
}

export interface SnapshotStore {
  /** Begins a file; nobody else writes one with this name. @throws STATE_UNAVAILABLE (rejects) */
  create(name: string): Promise<NewFile>
  /** A range of a file that was finished. @throws STATE_CORRUPT where it is not there; STATE_UNAVAILABLE (rejects) */
  read(name: string, offset: number, length: number): Promise<Uint8Array>
  /** The numbers of the snapshots that are there, the newest first. @throws STATE_UNAVAILABLE (rejects) */
  list(): Promise<number[]>
  /** @throws STATE_CORRUPT, STATE_FORMAT, STATE_UNAVAILABLE (rejects) */
  manifest(snapshot: number): Promise<Manifest>
  /**
   * Makes a snapshot be there; all its files were finished. @throws STATE_CORRUPT where one of them is gone,
   * STATE_UNAVAILABLE (rejects)
   */
  complete(manifest: Manifest): Promise<void>
  /**
   * Removes all snapshots but these, with every file that none of them names. What is newer than the newest of these
   * stays: somebody may be writing it. None: removes everything. Never rejects.
   */
  retain(manifests: readonly Manifest[]): Promise<void>
}
