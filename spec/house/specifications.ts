/** Rules for specifications, as `walls.ts` has them for the rest. */
import type { Source } from './sources.ts'

/** Where a specification makes a folder for temporary files, or asks for the one of the machine; `folder.ts` does. */
export function ownFolders(specs: readonly Source[]): string[] {
  return specs
    .filter(({ path }) => path !== 'spec/folder.ts')
    .flatMap(({ path, bare }) =>
      bare.split('\n').flatMap((line, index) => (/\b(?:mkdtemp|tmpdir)/.test(line) ? [`${path}:${index + 1}`] : [])),
    )
}
