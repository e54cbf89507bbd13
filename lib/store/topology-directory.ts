/** Where the files of a topology lie, below the directory of all. */
import { join } from 'node:path'

/** Where the files of a topology lie. */
export function topologyDirectory(root: string, topology: string): string {
  return join(root, fileNameOf(topology))
}

/** A name as the name of a file: the same for most, and never a path. */
export function fileNameOf(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll('*', '%2A')
  return /^\.*$/.test(encoded) ? `%${encoded}` : encoded
}
