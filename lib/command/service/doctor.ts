/** `typhoon doctor NAME`: what is wrong with a topology, in sentences. */
import { type Command, Option } from 'commander'
import type { FindingView, ServiceClient } from '../../client/service-client.ts'
import { type Line, plain, type Style, span } from '../render/line.ts'
import { DONE } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { SERVICE_EXIT_CODES, type ServiceFlags, takesName, withService } from './service-flags.ts'

interface DoctorFlags extends ServiceFlags {
  readonly window: string
}

const STYLES: Readonly<Record<string, Style>> = { critical: 'red', warning: 'yellow', note: 'dim' }

export function defineDoctor(command: Command, shell: Shell): void {
  takesName(command)
    .addOption(
      new Option('--window <window>', 'seconds until now that are looked at, or all')
        .choices(['600', '10800', '86400', 'all'])
        .default('600'),
    )
    .action((name: string, flags: DoctorFlags) =>
      withService(shell, flags, async (client: ServiceClient) => {
        const findings = await client.findings(name, flags.window)
        if (flags.json === true) shell.terminal.result(JSON.stringify({ findings }))
        else shell.terminal.resultLines(findings.length === 0 ? [plain('nothing is wrong')] : findings.flatMap(linesOf))
        return DONE
      }),
    )
    .addHelpText(
      'after',
      `
It goes by the same figures that the page and /v1/topologies/NAME/figures show; what each code means stands in
docs/service.md.

${SERVICE_EXIT_CODES}

Examples:
  $ typhoon doctor words
  $ typhoon doctor words --window all --json`,
    )
}

function linesOf({ code, severity, text, advice }: FindingView): Line[] {
  return [
    [span(`${severity}[${code}]`, STYLES[severity]), span(`: ${text}`)],
    [span('  hint: ', 'dim'), span(advice)],
  ]
}
