/**
 * Exports a topology to Apache Storm: a Flux file, and in `resources` one file of JavaScript that is every component of
 * it. The law: all that is wrong is found before anything is written, and no file of anybody else's is overwritten.
 */
import { dirname, join } from 'node:path'
import { DefinitionError, type Problem } from '../../errors/typhoon-error.ts'
import { stringify } from '../../flux/yaml/library.ts'
import type { LoadedTopology } from '../../run/index.ts'
import { quoted, writeOwn } from '../own-files.ts'
import { bundle } from './bundle.ts'
import { entryOf } from './entry.ts'
import { fluxFileOf, RESOURCES } from './flux-file.ts'
import { refusedOf, warningsOf } from './refused.ts'

/** What was written. */
export interface StormExport {
  /** Paths of the files. */
  readonly files: readonly string[]
  /** One command line that submits the topology, on a host that has Storm's. */
  readonly submit: string
  /** What is allowed and is not what it was. */
  readonly warnings: readonly string[]
}

const FLUX_FILE = 'flux.yaml'
const BUNDLE = 'components.mjs'
/** How every file begins that was written here. */
const MARK = 'Written by typhoon export storm'
/** The release of Storm that it was tried with. */
const STORM_VERSION = '2.8.3'

/**
 * @param out folder that it is written into; it need not be there
 * @throws DefinitionError (rejects) with NOT_IN_STORM for all that Storm does not have, and CANNOT_BUNDLE for what
 * cannot be taken along; OUTPUT_EXISTS where a file there is somebody else's; what the system says of what it cannot
 * write
 */
export async function exportToStorm(loaded: LoadedTopology, out: string): Promise<StormExport> {
  const { definition, origin, file } = loaded
  const refused = refusedOf(definition)
  if (refused.length > 0) throw new DefinitionError(refused.map((one) => origin?.placed(one) ?? inFile(one, file)))
  const { code, warnings } = await bundle(await entryOf(loaded), dirname(file))
  const flux = stringify(fluxFileOf(definition.topology, BUNDLE), { version: '1.1', lineWidth: 0 })
  const submit = submitLine(out, definition.topology.name)
  const contents = {
    [join(out, FLUX_FILE)]: `# ${MARK}; submit it with\n#   ${submit}\n${flux}`,
    [join(out, RESOURCES, BUNDLE)]: `// ${MARK}\n${code}`,
  }
  await writeOwn(MARK, contents)
  return { files: Object.keys(contents), submit, warnings: [...warningsOf(definition), ...warnings] }
}

function inFile(problem: Problem, file: string): Problem {
  return { ...problem, where: { file, ...problem.where } }
}

/** A jar is a zip, and where the command of Storm is, there is Python. */
function submitLine(out: string, name: string): string {
  const jar = quoted(`${name}.jar`)
  const artifacts = ['flux-core', 'flux-wrappers'].map((one) => `org.apache.storm:${one}:${STORM_VERSION}`).join(',')
  return [
    `cd ${quoted(out)}`,
    `python3 -m zipfile -c ${jar} ${RESOURCES}`,
    `storm jar ${jar} org.apache.storm.flux.Flux --artifacts ${artifacts} --remote ${FLUX_FILE}`,
  ].join(' && ')
}
