/** Where the dead letters of a topology may be, of which no plan is made. */
import { deadLetterFiles } from '../topology/config/dead-letters.ts'
import type { Topology } from '../topology/topology.ts'

/** As the files are named. Where a tuple is atomic one bolt writes all of them, else each spout its own. */
export function deadLetterFilesOf({ name, config, components }: Topology): readonly string[] {
  const spouts = Object.values(components).filter(({ kind }) => kind === 'spout')
  return deadLetterFiles(name, config, [{ config: {} }, ...spouts])
}
