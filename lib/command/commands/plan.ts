/** `typhoon plan FILE`: what would run where, without running it. */
import type { Command } from 'commander'
import { type DefinitionFlags, load, takesTopology } from '../input/definition.ts'
import { planMermaid } from '../render/plan-mermaid.ts'
import { aboutLines, planLines, promiseLines } from '../render/plan-text.ts'
import { DONE, INVALID } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface PlanFlags extends DefinitionFlags {
  readonly json?: boolean
  readonly mermaid?: boolean
}

export function definePlan(command: Command, shell: Shell): void {
  takesTopology(command)
    .addOption(command.createOption('--json', 'as JSON').conflicts('mermaid'))
    .addOption(command.createOption('--mermaid', 'as a Mermaid flowchart').conflicts('json'))
    .action(async (file: string, flags: PlanFlags) => {
      shell.exitCode = await showPlan(file, flags, shell.terminal)
    })
    .addHelpText(
      'after',
      `
Examples:
  $ typhoon plan topology.yaml
  $ typhoon plan topology.yaml --workers 4 --json
  $ typhoon plan topology.yaml --mermaid > topology.mmd`,
    )
}

async function showPlan(file: string, flags: PlanFlags, terminal: Terminal): Promise<number> {
  const loaded = await load(file, flags, terminal)
  if ('problems' in loaded) return INVALID
  const plan = await loaded.plan()
  const { promises, about } = plan
  if (flags.json === true) terminal.result(JSON.stringify({ ...plan, warnings: loaded.warnings }, undefined, 2))
  else if (flags.mermaid === true) terminal.result(planMermaid(plan).trimEnd())
  else
    terminal.resultLines([
      ...planLines(plan),
      ...(promises === undefined ? [] : promiseLines(promises)),
      ...aboutLines(about ?? []),
    ])
  return DONE
}
