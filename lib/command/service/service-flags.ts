/** What every command that asks a service has in common: which service, and how what it refuses is told. */
import type { Command } from 'commander'
import { ServiceClient } from '../../client/service-client.ts'
import { serviceSettings } from '../../client/settings.ts'
import { DefinitionError, messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import { plain } from '../render/line.ts'
import { problemLines } from '../render/problem.ts'
import { FAILED, INVALID } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'

export interface ServiceFlags {
  readonly server?: string
  readonly tokenFile?: string
  readonly kubernetes?: string
  readonly namespace?: string
  readonly context?: string
  readonly json?: boolean
}

/** Adds the options of `ServiceFlags`. */
export function takesService(command: Command): Command {
  return command
    .option(
      '--server <url>',
      'the service, or its nimbuses with commas between them; $TYPHOON_SERVER, or the last that began on this machine, unless given',
    )
    .option('--token-file <file>', 'file of the token for it; $TYPHOON_TOKEN_FILE unless given')
    .option('--kubernetes <cluster>', 'the service of a cluster that was exported to Kubernetes, found as kubectl does')
    .option('--namespace <namespace>', 'its namespace; that of the context unless given')
    .option('--context <context>', 'context of the kubeconfig; the current one unless given')
    .option('--json', 'print the answer as JSON')
}

/** Adds the name of a topology. */
export function takesName(command: Command): Command {
  return takesService(command.argument('<name>', 'name of the topology'))
}

/** Asks; what is refused is told, and the exit code says it. @param ask what is asked; returns the exit code */
export async function withService(
  shell: Shell,
  flags: ServiceFlags,
  ask: (client: ServiceClient) => Promise<number>,
): Promise<void> {
  try {
    shell.exitCode = await ask(await clientOf(shell, flags))
  } catch (error) {
    if (!(error instanceof TyphoonError) || error.code === 'USAGE') throw error
    if (flags.json === true) shell.terminal.result(JSON.stringify({ problems: error.problems }))
    shell.terminal.say(error.problems.flatMap(problemLines))
    shell.exitCode = error instanceof DefinitionError ? INVALID : FAILED
  }
}

async function clientOf(shell: Shell, flags: ServiceFlags): Promise<ServiceClient> {
  const { kubernetes, namespace, context, server } = flags
  const onWait = (why: unknown, ms: number): void => {
    shell.terminal.say([plain(`${messageOf(why)}: asking again for up to ${ms / 1000} s`)])
  }
  if (kubernetes === undefined) {
    if (namespace !== undefined || context !== undefined)
      throw new TyphoonError('USAGE', '--namespace and --context go with --kubernetes CLUSTER')
    const settings = (): ReturnType<typeof serviceSettings> => serviceSettings(flags, process.env)
    return ServiceClient.of(await settings(), { lookAgain: settings, onWait })
  }
  if (server !== undefined) throw new TyphoonError('USAGE', 'of --server and --kubernetes only one can be meant')
  const { kubernetesClient } = await import('../../client/kubernetes-client.ts')
  return kubernetesClient(kubernetes, { namespace, context }, process.env, { onWait })
}

/** The exit codes of these commands, in the words of `--help`. */
export const SERVICE_EXIT_CODES = `Exit codes:
  0  it is done
  1  the service refuses it, or does not answer
  2  the command line is wrong
  3  the topology cannot be loaded or is not valid`
