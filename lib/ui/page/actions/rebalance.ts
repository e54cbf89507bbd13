/** Give a topology another size. */
import { ofTopology } from '../asked.ts'
import { html } from '../html.ts'
import { ask } from '../session.ts'
import type { ActionProps } from './actions.ts'
import { Dialog } from './dialog.ts'

export function Rebalance({ name, plan, workers, onClose }: ActionProps) {
  const components = plan.components.filter(({ system }) => !system)
  const act = (form: FormData) => {
    const changed = components.filter(({ id, executors }) => Number(form.get(`executors ${id}`)) !== executors)
    const parallelism = Object.fromEntries(changed.map(({ id }) => [id, Number(form.get(`executors ${id}`))]))
    const path = ofTopology(name, '/rebalance', { wait: String(form.get('wait') ?? '0') })
    return ask('POST', path, { workers: Number(form.get('workers')), parallelism })
  }
  return html`<${Dialog} title=${`Rebalance ${name}`} does="Rebalance" act=${act} onClose=${onClose}>
    <p>Its workers are replaced: nothing is emitted meanwhile, and what is in flight is finished before.</p>
    <label>Workers <input name="workers" type="number" min="1" max="1024" defaultValue=${workers} required /></label>
    <label>Seconds to wait before <input name="wait" type="number" min="0" max="86400" defaultValue="0" required /></label>
    <fieldset><legend>Executors</legend><div class="fields">${components.map(
      ({ id, executors }) =>
        html`<label key=${id}>${id} <input name=${`executors ${id}`} type="number" min="1" defaultValue=${executors} required /></label>`,
    )}</div></fieldset>
  <//>`
}
