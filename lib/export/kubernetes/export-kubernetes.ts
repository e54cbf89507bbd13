/**
 * Exports a topology to Kubernetes: manifests of a cluster of its own, with as many workers as it has, which `kubectl
 * apply` takes and `typhoon submit --kubernetes` submits to. The law: all that is wrong is found before anything is
 * written, and no file of anybody else's is overwritten.
 */
import { join } from 'node:path'
import { DefinitionError, type Problem, TyphoonError } from '../../errors/typhoon-error.ts'
import { stringify } from '../../flux/yaml/library.ts'
import type { LoadedTopology } from '../../run/index.ts'
import { quoted, writeOwn } from '../own-files.ts'
import { clusterNameOf, type Manifest, Names } from './manifests/names.ts'
import { networkManifests } from './manifests/network.ts'
import { nimbusManifests } from './manifests/nimbus.ts'
import type { ExportOptions } from './manifests/options.ts'
import { keptManifests, rightsManifests } from './manifests/rights.ts'
import { storageManifests } from './manifests/storage.ts'
import { workerManifests } from './manifests/workers.ts'
import { refusedOf, warningsOf } from './refused.ts'
import { podResources } from './resources.ts'

/** What was written. */
export interface KubernetesExport {
  /** Paths of the files. */
  readonly files: readonly string[]
  /** Command lines: the first makes the cluster, the second submits the topology to it. */
  readonly commands: readonly string[]
  /** What is allowed and probably not meant. */
  readonly warnings: readonly string[]
}

/** How every file begins that was written here. */
const MARK = 'Written by typhoon export kubernetes'

/**
 * @param out folder that they are written into; it need not be there
 * @throws DefinitionError (rejects) with NOT_ON_KUBERNETES; NOT_ON_KUBERNETES for a name; USAGE for an option;
 * OUTPUT_EXISTS where a file there is somebody else's; what the system says of what it cannot write
 */
export async function exportToKubernetes(
  loaded: LoadedTopology,
  options: ExportOptions,
  out: string,
): Promise<KubernetesExport> {
  const { definition, origin, file } = loaded
  const refused = refusedOf(definition, options.storage !== undefined)
  if (refused.length > 0) throw new DefinitionError(refused.map((one) => origin?.placed(one) ?? inFile(one, file)))
  checkOptions(options)
  const names = new Names(options.name ?? clusterNameOf(loaded.name), options.namespace)
  const manifests = await manifestsOf(loaded, names, options)
  const contents = Object.entries(manifests).map(([name, parts]) => [join(out, `${name}.yaml`), textOf(parts)] as const)
  await writeOwn(MARK, Object.fromEntries(contents))
  return {
    files: contents.flatMap(([path, text]) => (text === undefined ? [] : [path])),
    commands: commandsOf(loaded, names, options, out),
    warnings: warningsOf({ image: options.image, hasStorage: options.storage !== undefined }),
  }
}

/** All objects, by the file that they stand in; undefined: there are none. Makes an instance of each component. */
export async function manifestsOf(
  loaded: LoadedTopology,
  names: Names,
  options: ExportOptions,
): Promise<Readonly<Record<string, readonly Manifest[] | undefined>>> {
  const { config, size } = loaded
  const drainSeconds = Math.ceil(config['topology.drain.timeout.secs'])
  return {
    rights: rightsManifests(names),
    kept: keptManifests(names),
    storage: options.storage && storageManifests(names, options.storage),
    network: networkManifests(names),
    nimbus: nimbusManifests(names, options, drainSeconds),
    workers: workerManifests(names, {
      ...options,
      workers: size.workers,
      resources: await podResources(loaded),
      drainSeconds,
    }),
  }
}

function textOf(parts: readonly Manifest[] | undefined): string | undefined {
  if (parts === undefined) return undefined
  const texts = parts.map((part) => stringify(part, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false }))
  return `# ${MARK}\n${texts.join('---\n')}`
}

function inFile(problem: Problem, file: string): Problem {
  return { ...problem, where: { file, ...problem.where } }
}

function commandsOf(loaded: LoadedTopology, names: Names, { namespace }: ExportOptions, out: string): string[] {
  const there = namespace === undefined ? '' : ` --namespace ${namespace}`
  return [
    `kubectl apply${there} -f ${quoted(out)}`,
    `typhoon submit ${quoted(loaded.file)} --kubernetes ${names.cluster}${there}`,
  ]
}

/** What the API server would refuse, or would take for something else. @throws USAGE */
function checkOptions({ image, storage }: ExportOptions): void {
  if (!/^\w[\w./:@+-]*$/.test(image) || image.length > 512)
    throw new TyphoonError('USAGE', `"${image}" is not the name of an image`, {
      hint: 'example: --image registry.example.com/typhoon:0.1.0',
    })
  if (storage !== undefined && !/^[1-9]\d*(?:\.\d+)?(?:[KMGTP]i?)?$/.test(storage.size))
    throw new TyphoonError('USAGE', `"${storage.size}" is not the size of a volume`, {
      hint: 'example: --storage 10Gi',
    })
}
