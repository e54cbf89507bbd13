/** What can be done to a topology, by whoever may. */
import { useContext, useState } from 'preact/hooks'
import type { TopologyLook } from '../../../api/page-views.ts'
import type { PlanDescription } from '../../../run/index.ts'
import { html } from '../html.ts'
import { Signed } from '../views/signed.ts'
import { Activate, Deactivate, Kill } from './life.ts'
import { SetLogLevel } from './log-level.ts'
import { Rebalance } from './rebalance.ts'

/** What each of them is given. */
export interface ActionProps {
  readonly name: string
  readonly plan: PlanDescription
  readonly workers: number
  onClose(): void
}

type Action = 'activate' | 'deactivate' | 'rebalance' | 'log level' | 'kill'

const DIALOGS = {
  activate: Activate,
  deactivate: Deactivate,
  rebalance: Rebalance,
  'log level': SetLogLevel,
  kill: Kill,
}
const TITLES: Readonly<Record<Action, string>> = {
  activate: 'Activate',
  deactivate: 'Deactivate',
  rebalance: 'Rebalance…',
  'log level': 'Log level…',
  kill: 'Kill…',
}

interface ActionsProps {
  readonly look: TopologyLook
  readonly plan: PlanDescription | undefined
}

export function Actions({ look: { topology, isService }, plan }: ActionsProps) {
  const { who } = useContext(Signed)
  const [action, setAction] = useState<Action | undefined>(undefined)
  if (who.role === 'read') return html`<p class="dim">You may look, and change nothing.</p>`
  if (plan === undefined) return null
  const { name, status, workers } = topology
  const isOver = status === 'COMPLETED' || status === 'KILLED'
  const life: readonly Action[] = isOver ? [] : status === 'INACTIVE' ? ['activate'] : ['deactivate']
  const all: readonly Action[] = [
    ...life,
    ...(isService ? (['rebalance', 'log level', 'kill'] as const) : (['log level'] as const)),
  ]
  const dialog = action === undefined ? undefined : DIALOGS[action]
  return html`<div class="row actions" role="group" aria-label="Actions">
    ${all.map((one) => html`<button key=${one} type="button" class=${one === 'kill' ? 'danger' : ''} onClick=${() => setAction(one)}>${TITLES[one]}</button>`)}
    ${dialog && html`<${dialog} name=${name} plan=${plan} workers=${workers} onClose=${() => setAction(undefined)} />`}
  </div>`
}
