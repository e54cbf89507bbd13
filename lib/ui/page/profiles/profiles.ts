/** What the process of a worker does, and what its heap holds: taken by whoever may, drawn or saved. */
import { useContext, useEffect, useState } from 'preact/hooks'
import { html } from '../html.ts'
import { Signed } from '../views/signed.ts'
import { bytes } from '../words.ts'
import type { CpuProfile } from './flame.ts'
import { FlameGraph } from './flame-graph.ts'
import { type Kind, Take, type Taken } from './take.ts'

interface ProfilesProps {
  readonly topology: string
  readonly worker: number
}

/** The last one that was taken. */
interface Shown {
  readonly name: string
  readonly bytes: number
  /** Of the file, within this page. */
  readonly url: string
  readonly profile: CpuProfile | undefined
}

export function Profiles({ topology, worker }: ProfilesProps) {
  const { who } = useContext(Signed)
  const [asked, setAsked] = useState<Kind | undefined>(undefined)
  const [shown, setShown] = useState<Shown | undefined>(undefined)
  useEffect(() => () => shown && URL.revokeObjectURL(shown.url), [shown])
  if (who.role === 'read') return null
  const onTaken = (taken: Taken): void => void show(taken).then(setShown)
  return html`<h2>Profiles</h2>
    <div class="row actions" role="group" aria-label="Profiles">
      <button type="button" onClick=${() => setAsked('cpu')}>CPU profile…</button>
      <button type="button" onClick=${() => setAsked('heap')}>Heap snapshot…</button>
      ${shown && html`<a href=${shown.url} download=${shown.name}>Save ${shown.name}</a><span class="dim">${bytes(shown.bytes)}, for the DevTools of Chrome</span>`}
    </div>
    ${asked && html`<${Take} topology=${topology} worker=${worker} kind=${asked} onTaken=${onTaken} onClose=${() => setAsked(undefined)} />`}
    ${shown?.profile && html`<${FlameGraph} key=${shown.url} profile=${shown.profile} />`}`
}

/** A heap is saved at once: there is nothing of it to be seen here. */
async function show({ kind, name, content }: Taken): Promise<Shown> {
  const url = URL.createObjectURL(content)
  const profile = kind === 'cpu' ? (JSON.parse(await content.text()) as CpuProfile) : undefined
  if (kind === 'heap') {
    const link = document.createElement('a')
    link.href = url
    link.download = name
    link.click()
  }
  return { name, bytes: content.size, url, profile }
}
