/** `typhoon plan FILE`: what would run where, without running it. */
import type { Command } from 'commander'
import { describePlan } from '../../scheduler/describe.ts'
import { planTopology } from '../../scheduler/plan.ts'
import { type Ability, promisesOf } from '../../scheduler/promises.ts'
import type { Component } from '../../topology/component/component.ts'
import type { TopologyDefinition } from '../../topology/component/definition.ts'
import { isReplayable } from '../../topology/component/hosting/replayable.ts'
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
      shell.exitCode = await plan(file, flags, shell.terminal)
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

async function plan(file: string, flags: PlanFlags, terminal: Terminal): Promise<number> {
  const loaded = await load(file, flags, terminal)
  if ('problems' in loaded) return INVALID
  const { definition, warnings } = loaded
  const { topology, about } = definition
  const description = describePlan(planTopology(topology))
  // Whoever has made a topology out of something else says by itself what holds.
  const promises = about === undefined ? promisesOf(topology, abilitiesOf(definition)) : undefined
  if (flags.json === true)
    terminal.result(
      JSON.stringify(
        { ...description, ...(about && { about }), ...(promises && { promises }), warnings },
        undefined,
        2,
      ),
    )
  else if (flags.mermaid === true) terminal.result(planMermaid(description).trimEnd())
  else
    terminal.resultLines([
      ...planLines(description),
      ...(promises === undefined ? [] : promiseLines(promises)),
      ...aboutLines(about ?? []),
    ])
  return DONE
}

/** One instance of each component says it. */
function abilitiesOf({ components }: TopologyDefinition): (component: string) => Ability {
  const abilities = new Map([...components].map(([id, make]) => [id, abilityOf(make())]))
  return (id) => abilities.get(id)!
}

function abilityOf(component: Component): Ability {
  if (component.kind === 'bolt' && component.emitsLate === true) return 'late'
  if (component.kind !== 'spout') return component.prepareCommit === undefined ? 'plain' : 'transactional'
  if (isReplayable(component)) return 'replayable'
  return component.fail === undefined ? 'forgetful' : 'told'
}
