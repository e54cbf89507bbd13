/** Let a topology log more or less, for a while or for good. */
import { ofTopology } from '../asked.ts'
import { html } from '../html.ts'
import { ask } from '../session.ts'
import type { ActionProps } from './actions.ts'
import { Dialog } from './dialog.ts'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

export function SetLogLevel({ name, plan, onClose }: ActionProps) {
  const act = (form: FormData) => {
    const text = (field: string): string => String(form.get(field) ?? '')
    return ask('POST', ofTopology(name, '/log-level'), {
      ...(text('component') === '' ? {} : { component: text('component') }),
      ...(text('level') === '' ? {} : { level: text('level') }),
      ...(text('seconds') === '' ? {} : { seconds: Number(text('seconds')) }),
    })
  }
  const components = plan.components.filter(({ system }) => !system)
  return html`<${Dialog} title=${`Log level of ${name}`} does="Set it" act=${act} onClose=${onClose}>
    <label>Of <select name="component"><option value="">all components</option>
      ${components.map(({ id }) => html`<option key=${id} value=${id}>${id}</option>`)}</select></label>
    <label>Level <select name="level"><option value="">that of the configuration</option>
      ${LEVELS.map((level) => html`<option key=${level} value=${level}>${level}</option>`)}</select></label>
    <label>For so many seconds <input name="seconds" type="number" min="1" max="86400" placeholder="for good" /></label>
  <//>`
}
