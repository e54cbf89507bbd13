/** Folders with topologies that are exported, as users have them: with packages beside them. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { folderOf } from '../folder.ts'
import { ROOT } from '../house/sources.ts'

const HEAD = `import { BasicBolt, Fields, TopologyBuilder } from 'typhoon'
import { FileSinkBolt, SequenceSpout } from 'typhoon/components'
`
const TAIL = `
class Shout extends BasicBolt {
  outputs = new Fields(['loud'])
  async execute(tuple, collector) { collector.emit([await shout(tuple.values[0])]) }
}
export default ({ variables }) => {
  const builder = new TopologyBuilder('loud')
  const numbers = builder.setSpout('numbers', () => new SequenceSpout(3))
  const loud = builder.setBolt('shout', () => new Shout()).shuffleGrouping(numbers)
  builder.setBolt('file', () => new FileSinkBolt(variables.file ?? '')).shuffleGrouping(loud)
  return builder.createTopology()
}
`

/**
 * A folder with files, those of packages among them; Typhoon is installed there.
 * @param contents by path
 */
export function projectOf(t: ExecutionContext, contents: Readonly<Record<string, string>>): string {
  const folder = folderOf(t)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules/typhoon'), 'junction')
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

/** A topology of three numbers, whose bolt calls a function `shout` that is defined here. */
export function loud(shout: string): string {
  return `${HEAD}${shout}${TAIL}`
}
