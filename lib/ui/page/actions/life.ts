/** Activate, deactivate and kill a topology. */
import { ofTopology } from '../asked.ts'
import { html } from '../html.ts'
import { linkTo } from '../place.ts'
import { ask } from '../session.ts'
import type { ActionProps } from './actions.ts'
import { Dialog } from './dialog.ts'

/** Asks whether its spouts are to emit again. */
export function Activate({ name, onClose }: ActionProps) {
  const act = () => ask('POST', ofTopology(name, '/activate'))
  return html`<${Dialog} title=${`Activate ${name}?`} does="Activate" act=${act} onClose=${onClose}>
    <p>Its spouts emit again.</p>
  <//>`
}

/** Asks whether its spouts are to stop. */
export function Deactivate({ name, onClose }: ActionProps) {
  const act = () => ask('POST', ofTopology(name, '/deactivate'))
  return html`<${Dialog} title=${`Deactivate ${name}?`} does="Deactivate" act=${act} onClose=${onClose}>
    <p>Its spouts emit nothing more until it is activated. What is in flight goes on.</p>
  <//>`
}

/** Asks whether it is to end for good, and what is to be left of it. */
export function Kill({ name, onClose }: ActionProps) {
  const act = async (form: FormData): Promise<void> => {
    const savepoint = form.get('keeps') === 'on' ? { savepoint: String(form.get('savepoint') ?? '') } : {}
    await ask('DELETE', ofTopology(name, '', { wait: String(form.get('wait') ?? '0'), ...savepoint }))
    location.hash = linkTo({ at: 'topologies' })
  }
  return html`<${Dialog} title=${`Kill ${name}?`} does="Kill it for good" isDangerous act=${act} onClose=${onClose}>
    <p>Its spouts stop, its workers end, and its code and what it keeps are removed.</p>
    <label>Seconds between the two <input name="wait" type="number" min="0" max="86400" defaultValue="10" required /></label>
    <label class="check"><input name="keeps" type="checkbox" /> Leave a savepoint</label>
    <label>Name of the savepoint <input name="savepoint" maxlength="255" placeholder="by its number" /></label>
  <//>`
}
