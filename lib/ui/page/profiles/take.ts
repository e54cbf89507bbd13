/** Asks for a profile of a worker, once, and says what that means for it. */
import { useEffect } from 'preact/hooks'
import { Dialog } from '../actions/dialog.ts'
import { ofTopology } from '../asked.ts'
import { html } from '../html.ts'
import { request } from '../session.ts'

/** What is to be taken. */
export type Kind = 'cpu' | 'heap'

/** One that was taken. */
export interface Taken {
  readonly kind: Kind
  /** What it is saved as. */
  readonly name: string
  readonly content: Blob
}

interface TakeProps {
  readonly topology: string
  readonly worker: number
  readonly kind: Kind
  onTaken(taken: Taken): void
  onClose(): void
}

export function Take({ topology, worker, kind, onTaken, onClose }: TakeProps) {
  const gone = new AbortController()
  // Whoever closes the dialog does not want it any more.
  useEffect(() => () => gone.abort(), [])
  const act = async (form: FormData): Promise<void> => {
    const seconds = form.get('seconds')
    const query = { kind, ...(seconds === null ? {} : { seconds: String(seconds) }) }
    const path = ofTopology(topology, `/workers/${worker}/profile`, query)
    const response = await request(path, { signal: gone.signal })
    const content = await response.blob()
    onTaken({ kind, content, name: nameIn(response) ?? `worker-${worker}.${kind}` })
  }
  const title = kind === 'cpu' ? `CPU profile of worker ${worker}` : `Heap snapshot of worker ${worker}`
  return html`<${Dialog} title=${title} does="Take it" act=${act} onClose=${onClose}>
    ${
      kind === 'cpu'
        ? html`<p>What its processor does is sampled each millisecond, which costs it a few percent meanwhile.</p>
    <label>Seconds <input name="seconds" type="number" min="1" max="60" value="10" required /></label>`
        : html`<p>The worker stands still until its heap is written down: seconds, where that is large. It needs several
      times the memory of its heap for it, and the file holds what is in tuples and components, secrets too.</p>`
    }
  <//>`
}

/** What the server calls it. */
function nameIn({ headers }: Response): string | undefined {
  const [, encoded] = /filename\*=UTF-8''([^;]+)$/.exec(headers.get('content-disposition') ?? '') ?? []
  return encoded === undefined ? undefined : decodeURIComponent(encoded)
}
