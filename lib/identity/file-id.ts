/**
 * Which file a name leads to, or a descriptor: its device and inode, exact, as a text that JSON and the name of a file
 * can hold. Two are the same file where the texts are equal. An inode is given again when its file is gone.
 */
import { fstatSync, statSync } from 'node:fs'

export type FileId = string

/** The identity of an open file, or of what a path leads to; undefined if it leads nowhere. @throws as `stat` */
export function fileIdOf(file: number): FileId
export function fileIdOf(file: string): FileId | undefined
export function fileIdOf(file: number | string): FileId | undefined {
  const stats =
    typeof file === 'number'
      ? fstatSync(file, { bigint: true })
      : statSync(file, { bigint: true, throwIfNoEntry: false })
  return stats && `${stats.dev}-${stats.ino}`
}
