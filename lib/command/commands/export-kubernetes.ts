/** `typhoon export kubernetes FILE`: a topology as manifests of a cluster of its own. */
import type { Command } from 'commander'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { ExportOptions } from '../../export/kubernetes/manifests/options.ts'
import { parseDirectory, parseWorkers } from '../input/arguments.ts'
import { type DefinitionFlags, load, takesTopology } from '../input/definition.ts'
import { plain } from '../render/line.ts'
import { problemLines, warningLine } from '../render/problem.ts'
import { DONE, INVALID } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'

interface KubernetesFlags extends DefinitionFlags {
  readonly image: string
  readonly out: string
  readonly name?: string
  readonly namespace?: string
  readonly nimbuses: number
  readonly spares: number
  readonly storage: string
  readonly storageClass?: string
}

export function defineExportKubernetes(command: Command, shell: Shell): void {
  const kubernetes = command
    .command('kubernetes')
    .description('write a topology for Kubernetes: manifests of a nimbus and of its workers')
  takesTopology(kubernetes)
    .requiredOption('--image <image>', 'the image of Typhoon that all pods run')
    .option('--out <dir>', 'folder to write into', parseDirectory, 'kubernetes')
    .option('--name <name>', 'name of the cluster, in place of that of the topology')
    .option('-n, --namespace <namespace>', 'namespace of all objects; kubectl says it unless given')
    .option('--nimbuses <n>', 'pods of the nimbus, of which one leads', parseWorkers, 1)
    .option('--spares <n>', 'pods of workers beyond those of the topology, for the tasks of a lost node', parseCount, 0)
    .option('--storage <size>', 'size of the volume that all pods reach; none: there is none, for trials', '10Gi')
    .option('--storage-class <name>', 'class of that volume; it must take writers on several nodes')
    .action(async (file: string, flags: KubernetesFlags) => {
      shell.exitCode = await toKubernetes(file, flags, shell)
    })
    .addHelpText(
      'after',
      `
Prints the command lines that make the cluster and submit the topology to it.

Example:
  $ typhoon export kubernetes words.yaml --image registry.example.com/typhoon:0.1.0 --namespace words`,
    )
}

async function toKubernetes(file: string, flags: KubernetesFlags, { terminal }: Shell): Promise<number> {
  const loaded = await load(file, flags, terminal)
  if ('problems' in loaded) return INVALID
  try {
    const { exportToKubernetes } = await import('../../export/kubernetes/export-kubernetes.ts')
    const { files, commands, warnings } = await exportToKubernetes(loaded, optionsOf(flags), flags.out)
    terminal.say([...warnings.map(warningLine), ...files.map((path) => plain(`wrote ${path}`))])
    for (const line of commands) terminal.result(line)
    return DONE
  } catch (error) {
    if (!(error instanceof TyphoonError)) throw error
    terminal.say(error.problems.flatMap(problemLines))
    return INVALID
  }
}

function optionsOf({
  image,
  name,
  namespace,
  nimbuses,
  spares,
  storage,
  storageClass,
}: KubernetesFlags): ExportOptions {
  const volume = storage === 'none' ? undefined : { size: storage, className: storageClass }
  return { image, name, namespace, nimbuses, spares, storage: volume }
}

/** `2` → 2. @throws USAGE */
function parseCount(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text)
  throw new TyphoonError('USAGE', `"${text}" is not a number of pods`)
}
