/** Something that is asked about once before it is done. What is refused is said, and can be tried again. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Children, html } from '../html.ts'
import type { Refusal } from '../session.ts'

interface DialogProps {
  readonly title: string
  /** What the button says that does it. */
  readonly does: string
  readonly isDangerous?: boolean
  /** @param form what was chosen */
  act(form: FormData): Promise<unknown>
  onClose(): void
  readonly children?: Children
}

export function Dialog({ title, does, isDangerous, act, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [isBusy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | undefined>(undefined)
  useEffect(() => dialog.current?.showModal(), [])
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    setBusy(true)
    setRefusal(undefined)
    act(new FormData(event.target as HTMLFormElement)).then(onClose, (error: Refusal) => {
      setBusy(false)
      setRefusal(error)
    })
  }
  return html`<dialog ref=${dialog} aria-labelledby="asked" onClose=${onClose}>
    <form onSubmit=${onSubmit}>
      <h2 id="asked">${title}</h2>
      ${children}
      ${refusal && html`<p class="bad-text" role="alert"><code>${refusal.code}</code> ${refusal.message}${refusal.hint === undefined ? '' : ` (${refusal.hint})`}</p>`}
      <div class="row end">
        <button type="button" onClick=${() => dialog.current?.close()}>Cancel</button>
        <button type="submit" class=${isDangerous ? 'danger' : 'main'} disabled=${isBusy}>${isBusy ? 'Working…' : does}</button>
      </div>
    </form>
  </dialog>`
}
